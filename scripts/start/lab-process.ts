/** The lab as a child: the driver of `npm start` where there is no Windows kernel. Started again when it dies. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { endChild, exitOf } from '../process.ts';

export interface LabProcess {
  readonly program: string;
  readonly socket: string;
  readonly door: string;
  readonly processId: () => number | undefined;
  /** Ends it; resolves to whether every rule held. */
  stop(): Promise<boolean>;
}

export interface LabSettings {
  readonly program: string;
  readonly socket: string;
  readonly door: string;
  readonly say: (line: string) => void;
  /** How often it is started again when it dies; 5 without. */
  readonly restarts?: number;
}

const readyMs = 10_000;
const restartAfterMs = 1000;
const maxRestarts = 5;

/** Starts the lab and waits until it listens; null when it does not. */
export async function startLab(settings: LabSettings): Promise<LabProcess | null> {
  let stopping = false;
  let child = launch(settings);
  if (!(await isReady(child))) {
    await endChild(child);
    return null;
  }
  void keepAlive();
  return {
    program: settings.program,
    socket: settings.socket,
    door: settings.door,
    processId: () => child.pid,
    async stop() {
      stopping = true;
      return (await endChild(child)) === 0;
    },
  };

  async function keepAlive(): Promise<void> {
    for (let left = settings.restarts ?? maxRestarts; left > 0; left--) {
      await exitOf(child);
      if (stopping) return;
      settings.say('The lab (the driver) has ended unexpectedly; starting it again.');
      await delay(restartAfterMs);
      // eslint-disable-next-line typescript/no-unnecessary-condition -- `stop` may have come during the delay
      if (stopping) return;
      child = launch(settings);
    }
    await exitOf(child);
    if (!stopping) settings.say('The lab keeps ending; it is not started again.');
  }
}

function launch({ program, socket, door }: LabSettings): ChildProcess {
  const args = ['serve', '--socket', socket, '--door', door, '--exit-with-stdin'];
  return spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
}

function isReady(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), readyMs);
    const settle = (ready: boolean): void => {
      clearTimeout(timer);
      resolve(ready);
    };
    child.once('error', () => settle(false));
    child.once('exit', () => settle(false));
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('ready')) settle(true);
    });
  });
}
