/** The program whose connections are held: tells what became of them on its standard output, as one JSON line. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

export type Way = 'tcp' | 'udp' | 'flood';

export interface Ending {
  /** 'done', or the error's code. */
  readonly outcome: string;
  readonly milliseconds: number;
  /** Connections that were made, or datagrams that were sent. */
  readonly count: number;
}

const AT_ONCE = 20;
const DATAGRAMS = 3;

/** `count`: connections of a flood. */
export async function runProgram(
  way: Way,
  address: string,
  port: number,
  count: number,
): Promise<void> {
  const started = performance.now();
  const [outcome, made] = await waysOf[way](address, port, count);
  const ending: Ending = { outcome, count: made, milliseconds: performance.now() - started };
  process.stdout.write(`${JSON.stringify(ending)}\n`);
}

type Run = (address: string, port: number, count: number) => Promise<[string, number]>;

const waysOf: Readonly<Record<Way, Run>> = {
  tcp: async (address, port) => {
    const outcome = await connectOnce(address, port);
    return [outcome, outcome === 'done' ? 1 : 0];
  },
  udp: sendDatagrams,
  flood,
};

function connectOnce(address: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    socket.on('connect', () => socket.end('hello'));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on('close', (failed) => (failed ? undefined : resolve('done')));
    socket.resume();
  });
}

/** All from one socket, one after the other without waiting: the later ones meet the hold of the first. */
async function sendDatagrams(address: string, port: number): Promise<[string, number]> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const send = (index: number): Promise<string> =>
    new Promise((resolve) => {
      socket.send(String(index), port, address, (error) =>
        resolve(error === null ? 'done' : ((error as NodeJS.ErrnoException).code ?? 'failed')),
      );
    });
  const outcomes = await Promise.all(Array.from({ length: DATAGRAMS }, (_, index) => send(index)));
  socket.close();
  const failed = outcomes.filter((outcome) => outcome !== 'done');
  return [failed[0] ?? 'done', outcomes.length - failed.length];
}

async function flood(address: string, port: number, count: number): Promise<[string, number]> {
  let left = count;
  let made = 0;
  let problem = 'done';
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      // oxlint-disable-next-line no-await-in-loop -- a lane is one connection at a time
      const outcome = await connectOnce(address, port);
      if (outcome === 'done') made += 1;
      else problem = outcome;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return [problem, made];
}
