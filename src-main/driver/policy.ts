/** What the driver does on its own; the reasons are in docs/adr/0004-block-while-nobody-is-there.md. */
import type { Verdict } from '../../src-preload/contract/model.ts';
import { HOLD_MS } from '../engine/limits.ts';
import type { Policy } from './messages.ts';

export interface PolicyChoice {
  /** The lab has nothing but loopback, so it asks; on Windows loopback is allowed. */
  readonly loopback: Policy['loopback'];
  /** For new connections while Portreeve does not run. */
  readonly noClient?: Verdict;
}

/** The policy that a session starts with. */
export function defaultPolicy({ loopback, noClient = 'block' }: PolicyChoice): Policy {
  return {
    holdMs: HOLD_MS,
    mode: 'ask',
    loopback,
    noClient,
    watchdog: 'block',
    full: 'block',
    unknownReauthorize: 'allow',
  };
}
