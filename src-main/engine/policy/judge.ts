/** What happens to a connection without asking: lockdown, then pauses, then rules, then the mode. */
import type { Verdict } from '../../../src-preload/contract/model.ts';
import { MAX_LEARNED } from '../limits.ts';
import type { Caller, Clock, Connection, IdentityPort, Log } from '../ports.ts';
import type { ModeState } from './mode-state.ts';
import type { Modes } from './modes.ts';
import type { RuleBook } from './rule-book.ts';
import { driverVerdict, reachOf } from './rule.ts';
import type { Rule, RuleDraft } from './rule.ts';

export interface Decision {
  readonly verdict: Verdict;
  readonly by: 'rule' | 'mode';
  readonly rule: Rule | null;
}

export interface JudgePorts {
  readonly rules: RuleBook;
  readonly modes: Modes;
  readonly clock: Clock;
  readonly identity: IdentityPort;
  readonly log: Log;
}

export class Judge {
  readonly #ports: JudgePorts;
  #learned = 0;

  constructor(ports: JudgePorts) {
    this.#ports = ports;
  }

  /** Whether what no rule is about is asked about. */
  get asks(): boolean {
    return this.#ports.modes.now().mode === 'ask';
  }

  /** Null when the user is to be asked. */
  decide(caller: Caller, connection: Connection): Decision | null {
    const { rules, modes } = this.#ports;
    const state = modes.now();
    if (state.mode === 'lockdown') return byMode('block');
    if (modes.isPaused(caller.subject)) return byMode('allow');
    const rule = rules.match(caller, connection);
    if (rule !== null) return { verdict: driverVerdict(rule.verdict), by: 'rule', rule };
    return caller.complete ? this.#withoutRule(state, caller, connection) : null;
  }

  #withoutRule({ mode }: ModeState, caller: Caller, connection: Connection): Decision | null {
    if (mode === 'block') return byMode('block');
    // To let a program connect must not open a port: what comes in is asked about.
    if (mode !== 'learn' || connection.target.direction === 'inbound') return null;
    if (!connection.pathCut) this.#learn(caller, connection);
    return byMode('allow');
  }

  /** The rule that it makes decides from the next connection on. A program of ten thousand names makes no such list. */
  #learn({ subject }: Caller, connection: Connection): void {
    const { rules, clock, identity, log } = this.#ports;
    if (this.#learned === MAX_LEARNED) return;
    this.#learned += 1;
    const lifetime = identity.isVolatile(subject) ? 'until-restart' : 'always';
    const made = rules.make({
      ...learned,
      ...reachOf('anything', connection.target),
      subject,
      lifetime,
      bootId: lifetime === 'always' ? null : identity.bootId(),
      asked: connection.target,
      createdAt: clock.now(),
    });
    if (!made.ok) log.warn(made.error.message);
  }
}

const learned = {
  withChildren: false,
  verdict: 'allow',
  network: null,
  processes: [],
  signInId: null,
  until: null,
  note: '',
  origin: 'learned',
  factoryId: null,
  needsReview: true,
} as const satisfies Partial<RuleDraft>;

function byMode(verdict: Verdict): Decision {
  return { verdict, by: 'mode', rule: null };
}
