/** One question: all held connections of one subject. */
import { randomUUID } from 'node:crypto';

import type { Caller, Connection, ProcessFacts, ProcessKey, Subject } from '../ports.ts';
import { processText } from '../policy/rule.ts';

export interface Hold {
  readonly id: bigint;
  caller: Caller;
  connection: Connection;
  readonly card: Card;
  /** ms since 1970. */
  deadline: number;
}

/** As the driver tells of it. */
export type HeldConnection = Readonly<Pick<Hold, 'id' | 'connection' | 'deadline'>>;

export interface CardStart {
  /** ms since 1970. */
  readonly askedAt: number;
  readonly isLooking: boolean;
  /** For whom all of it runs; null where nobody asks for that, or it can not be told. */
  readonly account: string | null;
}

export class Card {
  /** Random, so that an answer to a card of an earlier run can never fit a card of this one. */
  readonly cardId = randomUUID();
  readonly canBeRemembered: boolean;
  readonly askedAt: number;
  readonly account: string | null;
  /** In the order in which they were asked. */
  readonly holds = new Map<bigint, Hold>();
  facts: ProcessFacts | null = null;
  touchedAt = 0;
  #revision = 1;
  #heading: Connection;
  #subject: Subject;
  #isLooking: boolean;
  readonly #addresses = new Map<string, number>();

  /** `isLooking`: of its subject no more than the path is known yet. */
  constructor(subject: Subject, first: Connection, start: CardStart) {
    const { askedAt, isLooking, account } = start;
    this.#subject = subject;
    this.#isLooking = isLooking;
    this.canBeRemembered = !first.pathCut;
    this.askedAt = askedAt;
    this.account = account;
    this.#heading = first;
  }

  get subject(): Subject {
    return this.#subject;
  }

  get isLooking(): boolean {
    return this.#isLooking;
  }

  get revision(): number {
    return this.#revision;
  }

  get state(): 'waiting' | 'given-up' {
    return this.holds.size > 0 ? 'waiting' : 'given-up';
  }

  /** The connection that the question is about: the oldest held one, or the last that was. */
  get heading(): Connection {
    return this.#heading;
  }

  /** Null when nothing waits. */
  get deadline(): number | null {
    return this.#first()?.deadline ?? null;
  }

  get destinations(): number {
    return this.#addresses.size;
  }

  /** The different processes that wait, and always the heading one. */
  get processes(): ProcessKey[] {
    const processes = new Map([[processText(this.#heading.process), this.#heading.process]]);
    for (const { connection } of this.holds.values()) {
      processes.set(processText(connection.process), connection.process);
    }
    return [...processes.values()];
  }

  add({ id, connection, deadline }: HeldConnection, caller: Caller): void {
    const before = this.#question();
    this.holds.set(id, { id, caller, connection, card: this, deadline });
    this.#count(connection.target.address, 1);
    this.#asked(before);
  }

  remove(hold: Hold): void {
    const before = this.#question();
    this.holds.delete(hold.id);
    this.#count(hold.connection.target.address, -1);
    this.#asked(before);
  }

  /** Takes all away at once. */
  clear(): void {
    const before = this.#question();
    this.holds.clear();
    this.#addresses.clear();
    this.#asked(before);
  }

  /** It is known now who asks: another question. */
  become(subject: Subject): void {
    this.#subject = subject;
    this.#isLooking = false;
    this.#revision += 1;
  }

  /** More is known of where a hold goes. */
  place(hold: Hold, connection: Connection): void {
    const before = this.#question();
    hold.connection = connection;
    this.#asked(before);
  }

  #first(): Hold | undefined {
    return this.holds.values().next().value;
  }

  #count(address: string, change: number): void {
    const count = (this.#addresses.get(address) ?? 0) + change;
    if (count === 0) this.#addresses.delete(address);
    else this.#addresses.set(address, count);
  }

  /** A change of the question makes every answer that is under way stale. */
  #asked(before: string): void {
    this.#heading = this.#first()?.connection ?? this.#heading;
    if (this.#question() !== before) this.#revision += 1;
  }

  #question(): string {
    const { process, target } = this.#heading;
    const { address, hostName, port, protocol, direction } = target;
    const where = [address, hostName ?? '', port, protocol, direction];
    return [this.state, processText(process), ...where].join(' ');
  }
}
