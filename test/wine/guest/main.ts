/** A process in Wine that does what the host says: node.exe main.js FOLDER. */
import { windowsDevice } from '../../../src-main/driver/device-windows.ts';
import { clientCommands } from '../../device/guest/client.ts';
import { serve, tellThrough } from '../../device/guest/serve.ts';
import { accessCommands } from './access.ts';
import { agentCommands } from './agents.ts';
import { Hostile } from './hostile.ts';
import { identityCommands } from './identity.ts';
import { Lab, type Reauthorize } from './lab.ts';
import { policyCommands } from './policy.ts';
import { helloAs } from './stranger.ts';

const AT_ONCE = 40;
const folder = process.argv[2] ?? '.';
const tell = tellThrough(folder);

let lab: Promise<Lab> | null = null;

/** Opened at first use, so that a client has no handle of the lab's. */
function openLab(): Promise<Lab> {
  lab ??= Lab.open();
  return lab;
}

/** `count` connections one after the other on each of 40 lanes; how they ended, and the milliseconds of each. */
async function flood(count: number): Promise<{ permitted: number; milliseconds: number }> {
  const opened = await openLab();
  let next = 1000n;
  let permitted = 0;
  const started = performance.now();
  const lane = async (): Promise<void> => {
    while (next < BigInt(count) + 1000n) {
      next += 1n;
      const endpoint = next;
      // oxlint-disable-next-line no-await-in-loop -- a lane is one program
      if ((await opened.connect(endpoint, 443)) === 'permitted') permitted += 1;
      // oxlint-disable-next-line no-await-in-loop
      await opened.close(endpoint);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return { permitted, milliseconds: performance.now() - started };
}

/** So many connections at once; how many were permitted. */
async function many({ from, count }: { from: number; count: number }): Promise<number> {
  const opened = await openLab();
  const answers = Array.from({ length: count }, async (_, index) => {
    const endpoint = BigInt(from + index);
    const answer = await opened.connect(endpoint, 443);
    await opened.close(endpoint);
    return answer;
  });
  return (await Promise.all(answers)).filter((answer) => answer === 'permitted').length;
}

const hostile = new Hostile(tell);

serve(folder, tell, {
  ...clientCommands(windowsDevice(), tell),
  connect: async ({ endpoint, port }: { endpoint: number; port: number }) =>
    (await openLab()).connect(BigInt(endpoint), port),
  close: async (endpoint: number) => (await openLab()).close(BigInt(endpoint)),
  reauthorize: async (mode: Reauthorize) => (await openLab()).reauthorize(mode),
  report: async () => (await openLab()).report(),
  restart: async () => (await openLab()).restart(),
  flood,
  helloAs,
  many,
  hostile: (name: string) => hostile.run(name),
  connected: (permitted: number) => hostile.connected(permitted),
  victim: (step: string) => hostile.goAsFarAs(step),
  ...identityCommands,
  ...policyCommands,
  ...accessCommands,
  ...agentCommands,
});
