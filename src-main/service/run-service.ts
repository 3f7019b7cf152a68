/** Portreeve as a service: engine, store and driver without a window, reached over lines. */
import { setTimeout as pause } from 'node:timers/promises';
import { type App, type AppSettings, type EngineApp, startApp } from '../app.ts';
import { lockStore } from '../engine/store/lock.ts';
import type { Clock, Log } from '../engine/ports.ts';
import { refuse } from '../engine/result.ts';
import { makePrivate } from '../folders.ts';
import type { Router } from '../ipc/router.ts';
import { obstacle, publish } from '../line/listening.ts';
import { type Presence, newPresence, removePresence } from '../line/presence.ts';
import { Agents } from './agents.ts';
import type { AgentsPort } from './agents-port.ts';
import { type Line, openLine } from './line-server.ts';
import { administratorTerms } from './line-terms.ts';
import { SignIns } from './sign-ins.ts';

export interface ServiceSettings extends Omit<AppSettings, 'windows' | 'byAccount'> {
  readonly clock: Clock;
  readonly log: Log;
  readonly agents: AgentsPort;
  /** As in `AgentsParts`. */
  readonly newAddress: () => string;
  /** How long another Portreeve is waited for that has the rules; ms. */
  readonly patienceMs?: number;
}

export interface Service {
  stop(): Promise<void>;
}

export type StartedService =
  | { readonly ok: true; readonly service: Service }
  /** One sentence that says what is wrong and what to do. */
  | { readonly ok: false; readonly message: string };

const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 250;
const busy =
  'Another Portreeve has the rules. End it; the service then starts with Windows, or when Portreeve starts anew.';
const noLine = 'The line for windows can not be made. End what else runs as Portreeve here.';

/** Windows are other processes' business. */
const noWindow = () => Promise.resolve(refuse('refused', 'A service has no windows.'));
const noWindows = { resizePrompt: noWindow, showPrompt: noWindow, saveFile: noWindow };

export async function runService(settings: ServiceSettings): Promise<StartedService> {
  const { stateFolder, patienceMs = PATIENCE_MS } = settings;
  // A folder that is not its own is refused below, before anything is written there.
  if (makePrivate(stateFolder) && !(await isFree(stateFolder, patienceMs))) {
    return { ok: false, message: busy };
  }
  const signIns = new SignIns(settings.agents);
  const served = await serve({ ...settings, agents: signIns.port, signIns });
  if (!served.ok) signIns.stop();
  return served;
}

async function serve(settings: ServiceSettings & { signIns: SignIns }): Promise<StartedService> {
  const upkeep = { ...settings.upkeep, isService: true };
  const started = await startApp({ ...settings, upkeep, windows: noWindows, byAccount: true });
  if (!started.ok) return started;
  const { app } = started;
  const failure = isBusy(app) ? busy : null;
  const lines = failure === null ? await openLines(app, settings) : null;
  if (lines !== null) return { ok: true, service: serviceOf(app, lines, settings) };
  await app.stop();
  return { ok: false, message: failure ?? noLine };
}

/** Somebody may be on their way out, such as the app that has started this service. */
async function isFree(stateFolder: string, patienceMs: number): Promise<boolean> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const lock = lockStore(stateFolder);
    if (lock.ok) lock.value.release();
    // What else is wrong with the store the engine's host tells its windows.
    if (lock.ok || lock.error.code !== 'busy') return true;
    if (Date.now() >= until) return false;
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    await pause(LOOK_AGAIN_MS);
  }
}

/** Somebody else was quicker. */
function isBusy({ engine }: App): boolean {
  const { store } = engine.managerState();
  return store.kind === 'failed' && store.problem === 'busy';
}

interface Lines {
  readonly administrators: Line;
  readonly presence: Presence;
  readonly agents: Agents;
}

async function openLines(app: EngineApp, settings: ServiceSettings): Promise<Lines | null> {
  const { stateFolder, version, clock, log, newAddress } = settings;
  const agents = new Agents({ port: settings.agents, app, version, clock, log, newAddress });
  const presence = newPresence(stateFolder, 'service');
  const free = (await obstacle(stateFolder, presence)) === null;
  const router = heeding(app.router, (isOn) => agents.allow(isOn));
  const { address, secret } = presence;
  const parts = { address, secret, version, terms: administratorTerms, isOpenToAll: false };
  const administrators = free ? await openLine({ ...parts, app: { ...app, router } }) : null;
  if (administrators !== null && publish(stateFolder, presence)) {
    return { administrators, presence, agents };
  }
  administrators?.close();
  agents.stop();
  return null;
}

/** Switched off, it ends what it has begun at once; all else counts from the next start. */
function heeding(router: Router, allow: (isOn: boolean) => void): Router {
  return {
    async call(caller, name, input) {
      const result = await router.call(caller, name, input);
      if (name === 'setAnswerers' && result.ok) allow((result.value as { wanted: boolean }).wanted);
      return result;
    },
  };
}

function serviceOf(
  app: App,
  lines: Lines,
  { stateFolder, signIns }: { readonly stateFolder: string; readonly signIns: SignIns },
): Service {
  return {
    async stop() {
      lines.agents.stop();
      signIns.stop();
      removePresence(stateFolder, lines.presence);
      lines.administrators.close();
      await app.stop();
    },
  };
}
