/** Rules as somebody writes them, for tests: curl may connect anywhere, but for what is given. */
import type { RuleInput } from '../../../src-preload/contract/rules.ts';

export function ruleInput(given: Partial<RuleInput> = {}): RuleInput {
  return {
    subject: { kind: 'path', text: '/usr/bin/curl' },
    withChildren: false,
    verdict: 'allow',
    place: '',
    ports: '',
    protocol: null,
    direction: 'outbound',
    network: null,
    lifetime: 'always',
    minutes: null,
    note: '',
    ...given,
  };
}
