/**
 * A process in Wine that does what the host says: node.exe main.js FOLDER. Commands come as lines of FOLDER/in, replies and
 * events go out as lines of FOLDER/out: under Wine, Node has no pipes, but files work.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';

import type { DriverPort, HoldAnswer } from '../../../src-main/engine/ports.ts';
import { accessCommands } from './access.ts';
import { type ClientOptions, cancelRead, helloAs, startClient } from './client.ts';
import { Hostile } from './hostile.ts';
import { identityCommands } from './identity.ts';
import { Lab, type Reauthorize } from './lab.ts';
import { policyCommands } from './policy.ts';

const POLL_MS = 5;
const AT_ONCE = 40;
const folder = process.argv[2] ?? '.';

let client: DriverPort | null = null;
let lab: Promise<Lab> | null = null;

function tell(line: Record<string, unknown>): void {
  const text = JSON.stringify(line, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  appendFileSync(`${folder}/out`, `${text}\n`);
}

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

interface Command {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

const commands: Record<string, (input: never) => Promise<unknown>> = {
  ping: () => Promise.resolve(process.pid),
  connect: async ({ endpoint, port }: { endpoint: number; port: number }) =>
    (await openLab()).connect(BigInt(endpoint), port),
  close: async (endpoint: number) => (await openLab()).close(BigInt(endpoint)),
  reauthorize: async (mode: Reauthorize) => (await openLab()).reauthorize(mode),
  report: async () => (await openLab()).report(),
  restart: async () => (await openLab()).restart(),
  flood,
  start: (options: ClientOptions) => {
    client = startClient(options, tell);
    return Promise.resolve(null);
  },
  answer: ({ id, verdict }: { id: string; verdict: HoldAnswer }) =>
    client?.answer([BigInt(id)], verdict) ?? Promise.resolve(0),
  stop: async () => {
    await client?.stop();
    client = null;
  },
  cancelRead,
  helloAs,
  many,
  hostile: (name: string) => hostile.run(name),
  connected: (permitted: number) => hostile.connected(permitted),
  victim: (step: string) => hostile.goAsFarAs(step),
  ...identityCommands,
  ...policyCommands,
  ...accessCommands,
  exit: () => {
    setTimeout(() => process.exit(0), 0);
    return Promise.resolve(null);
  },
};

async function obey({ id, name, input }: Command): Promise<void> {
  try {
    const run = commands[name] as (value: unknown) => Promise<unknown>;
    tell({ id, result: (await run(input)) ?? null });
  } catch (error) {
    tell({ id, error: String(error) });
  }
}

let seen = 0;
/** Lines that are not finished yet are left for the next time. */
function poll(): void {
  const lines = readFileSync(`${folder}/in`, 'utf8').split('\n').slice(0, -1);
  for (const line of lines.slice(seen)) void obey(JSON.parse(line) as Command);
  seen = lines.length;
}

writeFileSync(`${folder}/ready`, String(process.pid));
setInterval(poll, POLL_MS);
