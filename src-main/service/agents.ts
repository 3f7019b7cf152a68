/**
 * An agent in the session of each standard user, for as long as they are signed in and standard users may answer. One that ends
 * is started again, more slowly each time; each one has a line of its own, made before it is started.
 */
import type { EngineApp } from '../app.ts';
import type { Clock, Log, Timer } from '../engine/ports.ts';
import { newSecret } from '../line/presence.ts';
import { tellAgent } from './agent-told.ts';
import type { AgentProcess, AgentsPort, UserSession } from './agents-port.ts';
import { type Line, openLine } from './line-server.ts';
import { agentTerms } from './line-terms.ts';

export interface AgentsParts {
  readonly port: AgentsPort;
  readonly app: Pick<EngineApp, 'forAccount'>;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Of a pipe or socket that every account can reach, and that was never there before. */
  readonly newAddress: () => string;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** An agent that ran for so long did nothing wrong by ending. */
const GOOD_RUN_MS = 60_000;
/** Nobody has more users at one computer, but a server of them might. */
const MAX_AGENTS = 32;

export class Agents {
  readonly #parts: AgentsParts;
  /** By session and account: a session's number may come again for another user. */
  readonly #seats = new Map<string, Seat>();
  readonly #unsubscribe: () => void;
  #isAllowed = true;

  constructor(parts: AgentsParts) {
    this.#parts = parts;
    this.#unsubscribe = parts.port.onChange(() => this.#look());
    this.#look();
  }

  /** Whether standard users may answer. */
  allow(isAllowed: boolean): void {
    this.#isAllowed = isAllowed;
    this.#look();
  }

  stop(): void {
    this.#unsubscribe();
    this.allow(false);
  }

  #look(): void {
    const wanted = new Map(this.#wanted().map((session) => [keyOf(session), session]));
    for (const [key, seat] of this.#seats) {
      if (wanted.has(key)) continue;
      this.#seats.delete(key);
      seat.stop();
    }
    for (const [key, session] of wanted) {
      if (!this.#seats.has(key)) this.#seats.set(key, new Seat(session, this.#parts));
    }
  }

  #wanted(): readonly UserSession[] {
    if (!this.#isAllowed) return [];
    const users = this.#parts.port.sessions().filter(({ isAdministrator }) => !isAdministrator);
    if (users.length > MAX_AGENTS) {
      this.#parts.log.warn(`Only ${MAX_AGENTS} of ${users.length} standard users are asked.`);
    }
    return users.slice(0, MAX_AGENTS);
  }
}

function keyOf({ sessionId, account }: UserSession): string {
  return `${sessionId} ${account}`;
}

/** One session's place: at most one agent and its line at a time. */
class Seat {
  readonly #session: UserSession;
  readonly #parts: AgentsParts;
  #line: Line | null = null;
  #agent: AgentProcess | null = null;
  #timer: Timer | null = null;
  #pauseMs = FIRST_PAUSE_MS;
  #isStopped = false;
  #lastWhy = '';

  constructor(session: UserSession, parts: AgentsParts) {
    this.#session = session;
    this.#parts = parts;
    void this.#begin();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#agent?.stop();
    this.#line?.close();
  }

  async #begin(): Promise<void> {
    const why = await this.#start();
    if (why === null || this.#isStopped) return;
    // Said once: it is tried for as long as the session lasts.
    if (why !== this.#lastWhy) this.#parts.log.warn(`${this.#session.name} is not asked: ${why}.`);
    this.#lastWhy = why;
    this.#over(0);
  }

  /** Why there is no agent now, as part of a sentence; null where there is one. */
  async #start(): Promise<string | null> {
    const { port, clock } = this.#parts;
    const folder = port.folderFor(this.#session);
    if (folder === null) return "others could write into the agent's folder";
    const at = { address: this.#parts.newAddress(), secret: newSecret() };
    const line = await this.#open(at);
    if (line === null) return 'the line to the agent could not be made';
    if (this.#isStopped) return closed(line);
    const startedAt = clock.now();
    const agent = port.start(this.#session, tellAgent({ ...at, folder }), folder);
    if (agent === null) {
      line.close();
      return 'the agent could not be started';
    }
    [this.#line, this.#agent] = [line, agent];
    void agent.exited.then(() => this.#over(clock.now() - startedAt));
    return null;
  }

  #open(at: { readonly address: string; readonly secret: string }): Promise<Line | null> {
    const { account: id, name } = this.#session;
    const app = this.#parts.app.forAccount({ id, name });
    const { version } = this.#parts;
    return openLine({ ...at, version, app, terms: agentTerms, isOpenToAll: true });
  }

  /** It has ended, after so many milliseconds. */
  #over(ranMs: number): void {
    this.#line?.close();
    [this.#line, this.#agent] = [null, null];
    if (this.#isStopped) return;
    if (ranMs >= GOOD_RUN_MS) this.#pauseMs = FIRST_PAUSE_MS;
    this.#timer = this.#parts.clock.after(this.#pauseMs, () => void this.#begin());
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
  }
}

function closed(line: Line): null {
  line.close();
  return null;
}
