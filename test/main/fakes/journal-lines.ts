/** Lines of a journal, as tests write them. */
import type { JournalLine } from '../../../src-main/engine/journal/journal-line.ts';
import type { StoreResult } from '../../../src-main/engine/store/store.ts';

export const MINUTE = 60_000;
export const start = new Date(2026, 10, 1, 12).getTime();
/** More than any test writes. */
export const most = 1_000_000;

/** `minute`: after `start`. */
export function lineAt(minute: number, given: Partial<JournalLine> = {}): JournalLine {
  return {
    subject: { kind: 'path', key: '/opt/curl', name: 'Curl', path: '/opt/curl' },
    path: '/opt/curl',
    process: { id: 7n, created: 2n ** 64n - 1n },
    target: targetOf('web.example', 443),
    verdict: 'allow',
    by: 'rule',
    ruleId: 3,
    at: start + minute * MINUTE,
    count: 1,
    ...given,
  };
}

export function targetOf(hostName: string | null, port: number): JournalLine['target'] {
  const target = { address: '192.0.2.1', hostName, port, protocol: 6, loopback: false } as const;
  return { ...target, direction: 'outbound' };
}

export function value<T>(result: StoreResult<T>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}
