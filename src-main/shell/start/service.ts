/** A start as the service: nothing is painted, nobody is asked here, and what is wrong is written down. */
import path from 'node:path';
import type { Log } from '../../engine/ports.ts';
import { newPipe } from '../../line/presence.ts';
import { systemClock } from '../../platform/clock.ts';
import type { AgentsPort } from '../../service/agents-port.ts';
import { runService } from '../../service/run-service.ts';
import { createLogFile } from '../../upkeep/log-file.ts';
import { admissionOf, commandRefusal } from './admission.ts';
import type { Host } from './host.ts';
import { isServiceWanted } from './joined.ts';
import { type Start, factsOf, folderOf, upkeepOf } from './windows.ts';

/** Where nobody is ever signed in. */
const nobody: AgentsPort = {
  sessions: () => [],
  onChange: () => () => {},
  start: () => null,
  folderFor: () => null,
};

export async function runAsService(start: Start, host: Host): Promise<void> {
  const admission = commandRefusal(admissionOf(factsOf(start)));
  // A folder that others can write to is not even told of it.
  if (admission !== null || start.windows?.isSystem() === false) return host.exit(1);
  const stateFolder = folderOf(start);
  host.withoutGraphics();
  host.setProfile(path.join(stateFolder, 'electron-service'));
  if (!host.isFirst(() => {})) return host.exit(1);
  await host.ready();
  // It is switched off, and something has started it all the same.
  if (start.packaged && !isServiceWanted(stateFolder)) return host.exit(0);
  const log = createLogFile(path.join(stateFolder, 'logs'), systemClock.now, toStderr);
  const message = await serve(start, host, log);
  if (message === null) return;
  log.warn(message);
  host.exit(1);
}

/** Why it does not run, in a whole sentence; null where it does. */
async function serve(start: Start, host: Host, log: Log): Promise<string | null> {
  const { quit, version } = host;
  const stateFolder = folderOf(start);
  const started = await runService({
    stateFolder,
    labSocket: start.launch.lab ?? null,
    version,
    // Windows of administrators start it anew, if they want it.
    ...(await upkeepOf(start, { quit, startAnew: quit })),
    clock: systemClock,
    log,
    agents: start.windows?.agents(start.program, stateFolder) ?? nobody,
    newAddress: newPipe,
  });
  if (!started.ok) return started.message;
  host.beforeExit(() => started.service.stop());
  return null;
}

function toStderr(line: string): void {
  process.stderr.write(`portreeve: ${line}\n`);
}
