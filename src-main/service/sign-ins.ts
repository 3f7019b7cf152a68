/**
 * Whom a rule "until sign-out" is bound to while Portreeve is a service, which is of no user's sign-in: the administrators who
 * are signed in when it is made, since one of them makes it. It ends with the first of them who signs out: perhaps sooner than
 * was meant where there are several, and never later.
 */
import type { AgentsPort } from './agents-port.ts';

type Listener = () => void;

export class SignIns {
  /** The same, for others who want to know of changes: sessions are watched once. */
  readonly port: AgentsPort;
  readonly #sessions: AgentsPort['sessions'];
  readonly #listeners = new Set<Listener>();
  readonly #endings = new Set<Listener>();
  readonly #unsubscribe: () => void;
  #known: ReadonlySet<string>;

  constructor(port: AgentsPort) {
    this.#sessions = () => port.sessions();
    this.port = { ...port, onChange: (changed) => subscribed(this.#listeners, changed) };
    this.#known = this.#now();
    this.#unsubscribe = port.onChange(() => this.#look());
  }

  /** Another text for other administrators; the same for the same ones, also in another process. */
  id(): string {
    return [...this.#known].toSorted().join(' ');
  }

  /** Calls when an administrator has signed out. Returns what ends the calls. */
  onEnd(ended: Listener): () => void {
    return subscribed(this.#endings, ended);
  }

  stop(): void {
    this.#unsubscribe();
  }

  #look(): void {
    const before = this.#known;
    this.#known = this.#now();
    if ([...before].some((one) => !this.#known.has(one))) for (const tell of this.#endings) tell();
    for (const tell of this.#listeners) tell();
  }

  #now(): Set<string> {
    const administrators = this.#sessions().filter(({ isAdministrator }) => isAdministrator);
    return new Set(administrators.map(({ signIn }) => signIn));
  }
}

function subscribed(listeners: Set<Listener>, one: Listener): () => void {
  listeners.add(one);
  return () => listeners.delete(one);
}
