/** Rules to test with. */
import type { RuleDraft } from '../../../src-main/engine/policy/rule.ts';

/** An "allow anything, always" for this path, but for what is given. */
export function draft(given: Partial<RuleDraft> & { readonly path?: string } = {}): RuleDraft {
  const { path = '/usr/bin/curl', ...rest } = given;
  return {
    subject: { kind: 'path', key: path, name: path.slice(path.lastIndexOf('/') + 1), path },
    verdict: 'allow',
    scope: 'anything',
    direction: 'outbound',
    address: null,
    port: null,
    protocol: null,
    lifetime: 'always',
    processes: [],
    bootId: null,
    createdAt: 1_900_000_000_000,
    ...rest,
  };
}
