/**
 * Main as a service, outside of Windows, for development and tests:
 *
 *   node src-main/main-service.ts --state DIR --lab SOCKET [--account UID[:name]]...
 *
 * Each account gets an agent, whose prompt's address is printed. Administrators' windows: `main-browser.ts --join`.
 */
import { parseArgs } from 'node:util';
import { stateFolder } from './folders.ts';
import { systemClock } from './platform/clock.ts';
import { probeOfText } from './platform/probe.ts';
import { ownVersion } from './own-version.ts';
import type { UserSession } from './service/agents-port.ts';
import { accountOfText, linuxAgents, newSocket } from './service/agents-linux.ts';
import { runService } from './service/run-service.ts';
import { noUpkeep } from './upkeep/handlers.ts';

const { values } = parseArgs({
  options: {
    state: { type: 'string' },
    lab: { type: 'string' },
    account: { type: 'string', multiple: true, default: [] },
    probe: { type: 'string' },
    // Seconds to wait for another Portreeve that has the rules.
    patience: { type: 'string', default: '60' },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(line: string): never {
  process.stderr.write(`portreeve: ${line}\n`);
  process.exit(1);
}

function sessionOf(text: string): UserSession {
  return accountOfText(text) ?? fail(`${text} is no account. Say UID, or UID:name.`);
}

/** The store's timers and its sockets do not keep a process alive. */
const awake = setInterval(() => {}, 2 ** 30);
const started = await runService({
  stateFolder: stateFolder(values.state),
  labSocket: values.lab ?? null,
  version: ownVersion(),
  upkeep: { ...noUpkeep, startAnew: () => process.kill(process.pid, 'SIGTERM') },
  probe: probeOfText(values.probe),
  clock: systemClock,
  log: { warn: (line) => void process.stderr.write(`portreeve: ${line}\n`) },
  agents: linuxAgents(values.account.map(sessionOf), say),
  newAddress: newSocket,
  patienceMs: 1000 * Number(values.patience),
});
if (!started.ok) fail(started.message);
const { service } = started;
const stop = (): void => {
  clearInterval(awake);
  void service.stop().finally(() => process.exit(0));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
say('the service runs');
