/** A start to its end: as the app, over the service, as the service, as an agent, or as somebody who only looks. */
import path from 'node:path';
import { type App, startApp } from '../../app.ts';
import { takeAgentTold } from '../../service/agent-told.ts';
import { joinAsAgent } from '../../service/join.ts';
import { systemClock } from '../../platform/clock.ts';
import { languageOf } from '../desktop/words.ts';
import { admissionOf } from './admission.ts';
import type { Host, Shell } from './host.ts';
import { turnAway } from './refusals.ts';
import { runAsService } from './service.ts';
import { isServiceWanted, joinTheService } from './joined.ts';
import {
  type Start,
  elevate,
  factsOf,
  folderOf,
  onlookerOf,
  sensorsOf,
  upkeepOf,
} from './windows.ts';

/** Resolves when it runs, or was told to end. */
export async function runStart(start: Start, host: Host): Promise<void> {
  const { service, agent, look } = start.launch;
  if (service) return runAsService(start, host);
  if (agent) return runAsAgent(start, host);
  if (look !== undefined) return void (await lookOn(start, host));
  return runAsApp(start, host);
}

/** The window of somebody who may only look: nothing else is started. False where there is nothing to look at. */
async function lookOn(start: Start, host: Host): Promise<boolean> {
  const onlooker = onlookerOf(start, host.version);
  if (onlooker === null) return false;
  await host.ready();
  host.makeShell(sensorsOf(null)).openOnlooker(onlooker);
  return true;
}

async function runAsApp(start: Start, host: Host): Promise<void> {
  const admission = admissionOf(factsOf(start));
  if (admission.kind !== 'run') {
    if (admission.kind === 'standard' && (await lookOn(start, host))) return;
    await host.ready();
    const language = languageOf(host.languages);
    await turnAway(admission, { language, ask: host.ask, startElevated: () => elevate(start) });
    return host.exit(1);
  }
  host.setProfile(path.join(folderOf(start), 'electron'));
  const shell = host.makeShell(sensorsOf(start.windows));
  // What a second instance says comes from any program: it only raises the window.
  if (!host.isFirst(() => shell.showManager())) return host.exit(1);
  await host.ready();
  const app = await appOf(start, host, shell);
  if (app === null) return host.exit(1);
  host.beforeExit(() => app.stop());
  shell.open(app, start.launch.atLogon);
}

/** Over the service where it is to be one; where it does not come, an engine of this process. Null when that was said. */
async function appOf(start: Start, host: Host, shell: Shell): Promise<App | null> {
  const { quit, startAnew, version, complain } = host;
  const windows = shell.windowHandlers;
  const stateFolder = folderOf(start);
  const parts = await upkeepOf(start, { quit, startAnew });
  const { service } = parts.upkeep;
  if (isServiceWanted(stateFolder)) {
    const around = { stateFolder, version, windows, clock: systemClock, service, startAnew };
    const joined = await joinTheService(around);
    if (joined.ok) return joined.app;
    complain(joined.message);
  }
  const labSocket = start.launch.lab ?? null;
  const started = await startApp({ stateFolder, labSocket, version, windows, ...parts });
  if (started.ok) return started.app;
  complain(started.message);
  return null;
}

/** Whoever starts it as the service does not is told nothing, and gets nothing. */
async function runAsAgent(start: Start, host: Host): Promise<void> {
  const agent = takeAgentTold(process.env);
  const { installed, program } = factsOf(start);
  if (agent === null || (installed && program() !== null)) return host.exit(1);
  host.setProfile(path.join(agent.folder, 'electron'));
  if (!host.isFirst(() => {})) return host.exit(1);
  await host.ready();
  const shell = host.makeShell(sensorsOf(start.windows));
  const around = { version: host.version, windows: shell.windowHandlers, clock: systemClock };
  const joined = await joinAsAgent({ ...around, agent, end: () => host.exit(0) });
  if (!joined.ok) return host.exit(1);
  shell.openAgent(joined.app);
}
