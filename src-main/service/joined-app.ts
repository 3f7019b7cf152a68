/**
 * An app whose engine is the service's: what it knows comes over a line, and what is asked of it goes there. A line that breaks
 * is joined again; until then it says so, and changes nothing.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  type CallName,
  type EventName,
  type Handlers,
  calls,
} from '../../src-preload/contract/calls.ts';
import type { Caller } from '../../src-preload/contract/command-line.ts';
import type { ManagerState, PromptState, Result } from '../../src-preload/contract/model.ts';
import type { App, WindowHandlers } from '../app.ts';
import type { Clock, Timer } from '../engine/ports.ts';
import { done, refuse } from '../engine/result.ts';
import { type Router, createRouter } from '../ipc/router.ts';
import { callSchemas } from '../ipc/schemas.ts';
import { notSent } from '../line/failures.ts';
import { asTheSystem } from '../upkeep/preferences.ts';
import { type JoinedLine, type Joining, type LineAddress, joinLine } from './joined-line.ts';
import { administratorTerms, agentTerms } from './line-terms.ts';
import { Mirror, appGone, otherVersion } from './mirror.ts';

export interface JoinedAppSettings {
  /** Where the line is now; null while nobody says. Asked before each try. */
  readonly find: () => LineAddress | null;
  readonly as: 'administrator' | 'agent';
  readonly version: string;
  readonly windows: WindowHandlers;
  readonly clock: Clock;
  /** The line broke so many milliseconds ago and could not be joined again yet. Called when it breaks and after each try. */
  readonly whileLost?: ((lostMs: number) => void) | undefined;
}

export type JoinedService =
  { readonly kind: 'joined'; readonly app: App } | Exclude<Joining, { readonly kind: 'joined' }>;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/** Tries until somebody is there, or `patienceMs` have passed; another version is not waited for. Never rejects. */
export async function joinService(
  settings: JoinedAppSettings,
  patienceMs: number,
): Promise<JoinedService> {
  const { clock } = settings;
  const until = clock.now() + patienceMs;
  for (;;) {
    const app = new JoinedApp(settings);
    // oxlint-disable-next-line no-await-in-loop -- one try after the other
    const found = await app.join();
    if (found.kind === 'joined') return { kind: 'joined', app };
    if (found.kind === 'other-version' || clock.now() >= until) return found;
    // oxlint-disable-next-line no-await-in-loop -- as above
    await pause(FIRST_PAUSE_MS);
  }
}

class JoinedApp implements App {
  readonly engine: App['engine'];
  readonly router: Router;
  readonly readState: App['readState'];
  readonly #settings: JoinedAppSettings;
  readonly #mirror = new Mirror();
  /** What is answered here. */
  readonly #here: Router;
  readonly #answeredHere: ReadonlySet<string>;
  #line: JoinedLine | null = null;
  #pauseMs = FIRST_PAUSE_MS;
  #lostAt = 0;
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(settings: JoinedAppSettings) {
    this.#settings = settings;
    this.engine = this.#mirror;
    this.readState = (event) => this.#mirror.read(event);
    const here = this.#handlersHere();
    this.#answeredHere = new Set(Object.keys(here));
    const handlers = { ...elsewhere, ...here };
    this.#here = createRouter({ handlers, schemas: callSchemas, logError: () => {} });
    this.router = { call: (caller, name, input) => this.#call(caller, name, input) };
  }

  appearance(): ReturnType<App['appearance']> {
    return this.#mirror.promptState().appearance ?? asTheSystem;
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#line?.close();
    return Promise.resolve();
  }

  /** Tries once. */
  async join(): Promise<Joining> {
    const { find, version, as } = this.#settings;
    const at = find();
    if (at === null) return { kind: 'none' };
    const { events } = as === 'agent' ? agentTerms : administratorTerms;
    const onState = (event: EventName, state: PromptState | ManagerState): void =>
      this.#mirror.told(event, state);
    const joining = await joinLine(at, { version, events, onState });
    if (joining.kind === 'joined') this.#take(joining.line);
    return joining;
  }

  #take(line: JoinedLine): void {
    if (this.#isStopped) return line.close();
    this.#line = line;
    this.#pauseMs = FIRST_PAUSE_MS;
    void line.ended.then(() => this.#broke());
  }

  #broke(): void {
    this.#line = null;
    if (this.#isStopped) return;
    this.#lostAt = this.#settings.clock.now();
    this.#mirror.lost(appGone);
    this.#missed();
  }

  /** Nobody is there: it is tried again, after a pause that grows. */
  #missed(): void {
    const { clock, whileLost } = this.#settings;
    this.#timer = clock.after(this.#pauseMs, () => void this.#again());
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
    whileLost?.(clock.now() - this.#lostAt);
  }

  async #again(): Promise<void> {
    const found = await this.join();
    if (found.kind === 'joined' || this.#isStopped) return;
    if (found.kind === 'other-version') {
      this.#mirror.lost(otherVersion(found.version, this.#settings.version));
    }
    this.#missed();
  }

  /** Windows are here, and what was told last; the rest is the service's. */
  #handlersHere(): Pick<Handlers, 'readPrompt' | 'readManager' | keyof WindowHandlers> {
    return {
      ...this.#settings.windows,
      readPrompt: async () => done(this.#mirror.promptState()),
      readManager: async () => done(this.#mirror.managerState()),
    };
  }

  #call(caller: Caller, name: unknown, input: unknown): Promise<Result<unknown>> {
    if (this.#settings.as === 'agent' && caller !== 'prompt') return Promise.resolve(notAnAgents);
    if (typeof name !== 'string' || this.#answeredHere.has(name)) {
      return this.#here.call(caller, name, input);
    }
    const role = this.#settings.as === 'agent' ? 'answerer' : caller;
    return this.#line?.call(role, name, input) ?? Promise.resolve(notSent);
  }
}

const notAnAgents = refuse('refused', 'This window may not make that call.');

/** Never reached: those calls go over the line. */
const elsewhere = Object.fromEntries(
  (Object.keys(calls) as CallName[]).map((name) => [name, () => Promise.resolve(notSent)]),
) as unknown as Handlers;
