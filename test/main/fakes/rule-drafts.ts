/** Rules to test with. */
import type { RuleDraft } from '../../../src-main/engine/policy/rule.ts';

/** An "allow anything, always" for this path, but for what is given. */
export function draft(given: Partial<RuleDraft> & { readonly path?: string } = {}): RuleDraft {
  const { path = '/usr/bin/curl', ...rest } = given;
  return {
    subject: { kind: 'path', key: path, name: path.slice(path.lastIndexOf('/') + 1), path },
    withChildren: false,
    verdict: 'allow',
    place: { kind: 'anything' },
    ports: null,
    protocol: null,
    direction: 'outbound',
    network: null,
    lifetime: 'always',
    processes: [],
    bootId: null,
    signInId: null,
    until: null,
    note: '',
    origin: 'prompt',
    asked: null,
    factoryId: null,
    needsReview: false,
    createdAt: 1_900_000_000_000,
    ...rest,
  };
}
