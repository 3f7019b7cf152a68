/** Who is behind each process: found out once, remembered for the processes that were asked about last. */
import { processText } from '../policy/rule.ts';
import type { Caller, Connection, IdentityPort, Subject, WantedFacts } from '../ports.ts';

const REMEMBERED = 4096;

interface Known {
  readonly caller: Caller;
  readonly wanted: WantedFacts;
}

export class Callers {
  readonly #identity: IdentityPort;
  readonly #wanted: () => WantedFacts;
  /** The least recently found first. */
  readonly #known = new Map<string, Known>();
  readonly #finding = new Map<string, Promise<Caller>>();

  /** `wanted`: what the rules look at now. */
  constructor(identity: IdentityPort, wanted: () => WantedFacts) {
    this.#identity = identity;
    this.#wanted = wanted;
  }

  /** At once where that is possible. Never rejects. */
  of(connection: Connection): Caller | Promise<Caller> {
    if (connection.pathCut) return callerOf(this.subjectOf(connection));
    const key = `${processText(connection.process)} ${connection.path}`;
    const known = this.#known.get(key);
    const wanted = this.#wanted();
    if (known !== undefined && satisfies(known.wanted, wanted)) return known.caller;
    return this.#finding.get(key) ?? this.#find(key, connection, wanted);
  }

  /** Of the path alone. A path that was cut could be that of many programs, so each process is a subject of its own. */
  subjectOf({ path, pathCut, process }: Connection): Subject {
    const subject = this.#identity.subjectOf(path);
    return pathCut ? { ...subject, key: `${subject.key}\0${processText(process)}` } : subject;
  }

  #find(key: string, connection: Connection, wanted: WantedFacts): Caller | Promise<Caller> {
    const found = this.#identity.callerOf(connection.process, connection.path, wanted);
    if (!(found instanceof Promise)) return this.#remember(key, { caller: found, wanted });
    const finding = found.then((caller) => {
      this.#finding.delete(key);
      return this.#remember(key, { caller, wanted });
    });
    this.#finding.set(key, finding);
    return finding;
  }

  #remember(key: string, known: Known): Caller {
    this.#known.delete(key);
    this.#known.set(key, known);
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return known.caller;
  }
}

/** Somebody of whom no more is known than this subject. */
export function callerOf(subject: Subject): Caller {
  return { subject, subjects: [subject], ancestors: [], complete: true };
}

function satisfies(known: WantedFacts, wanted: WantedFacts): boolean {
  return (known.hash || !wanted.hash) && (known.ancestors || !wanted.ancestors);
}
