/**
 * Load for the engine's benchmark, in a process of its own: keeps a number of connections under way at a lab's door and
 * prints how many were decided per second. Arguments: door, connections, processes.
 */
import { LabDoor } from '../../../test/main/fakes/lab-door.ts';

/** The driver holds 256 per process; half of that is under way for each. */
const PER_PROCESS = 128;
const FIRST_PROCESS = 700_000;

const [doorPath = '', connections = '0', processes = '1'] = process.argv.slice(2);
const door = new LabDoor(doorPath);
await door.ready();
let left = Number(connections);
const decided = { permitted: 0, blocked: 0, ended: 0 };

/** One of many: asks, closes its socket, asks again. */
async function connectAgainAndAgain(processId: number): Promise<void> {
  while (left > 0) {
    left -= 1;
    const attempt = door.attempt({ processId, address: '127.4.0.1', port: 1 + (left % 60_000) });
    // oxlint-disable-next-line no-await-in-loop -- a program waits for its connect()
    decided[await attempt.answer] += 1;
    door.closeEndpoint(attempt.endpoint);
  }
}

const runs: Promise<void>[] = [];
for (let index = 0; index < Number(processes); index += 1) {
  door.startProcess(FIRST_PROCESS + index, '/opt/bench-load');
  for (let slot = 0; slot < PER_PROCESS; slot += 1) {
    runs.push(connectAgainAndAgain(FIRST_PROCESS + index));
  }
}
const start = performance.now();
await Promise.all(runs);
const seconds = (performance.now() - start) / 1000;
process.stdout.write(JSON.stringify({ perSecond: Number(connections) / seconds, ...decided }));
door.close();
