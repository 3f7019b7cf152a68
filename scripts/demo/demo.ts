/**
 * What `npm start` shows a newcomer: real programs that connect to real servers on this computer, held by the driver in
 * the lab until the cards are answered. One line for each result.
 *
 *     node scripts/demo/demo.ts --lab PROGRAM --door PATH
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { endChild, exitOf } from '../process.ts';
import { type DemoProgram, type DemoServers, buildPrograms, demoPrograms } from './programs.ts';
import { type Server, startTimeServer, startWebServer } from './servers.ts';

export interface DemoOptions {
  /** The lab's socket for programs. */
  readonly door: string;
  /** The portreeve-lab executable. */
  readonly labProgram: string;
}

export interface Demo {
  /** Ends every program and server of the demo. */
  stop(): Promise<void>;
}

const photoServerCount = 6;
const pauseMs = 20_000;
/** Exit code of `portreeve-lab exec` when it could not even begin; it has said why. */
const launcherFailed = 125;

/** For programs that print nothing themselves. */
function outcome(code: number): string {
  return code === 0 ? 'got 200' : `refused (it ended with ${code})`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function startServers(): Promise<DemoServers> {
  const photos = Array.from({ length: photoServerCount }, (_, index) =>
    startWebServer(`127.0.30.${index + 1}`, 'stored'),
  );
  return {
    weather: await startWebServer('127.0.10.1', 'sunny'),
    mail: await startWebServer('127.0.20.1', 'no new mail'),
    photos: await Promise.all(photos),
    news: await startWebServer('127.0.40.1', 'all quiet'),
    time: await startTimeServer('127.0.50.1'),
  };
}

function allServers({ weather, mail, photos, news, time }: DemoServers): Server[] {
  return [weather, mail, ...photos, news, time];
}

/** The running demo: children by program, and the timers of those that start later. */
class Stage {
  readonly #options: DemoOptions;
  readonly #children = new Set<ChildProcess>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopping = false;

  constructor(options: DemoOptions) {
    this.#options = options;
  }

  startLater(program: DemoProgram, afterMs: number): void {
    if (this.#stopping) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#run(program);
    }, afterMs);
    this.#timers.add(timer);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all([...this.#children].map((child) => endChild(child)));
  }

  async #run(program: DemoProgram): Promise<void> {
    const { door, labProgram } = this.#options;
    const args = ['exec', '--door', door, '--', program.file, ...program.args];
    // A group of its own: Ctrl-C at the terminal is for the demo, which ends its programs quietly.
    const child = spawn(labProgram, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    let printed = false;
    child.stdout.on('data', (text: Buffer) => {
      // curl writes its line, with status 000, also when it got nothing.
      printed = !text.includes('got 000');
      if (printed) process.stdout.write(text);
    });
    this.#children.add(child);
    const code = await exitOf(child);
    this.#children.delete(child);
    if (this.#stopping) return;
    if (!printed && code !== launcherFailed) say(`${program.name}: ${outcome(code)}`);
    this.startLater(program, pauseMs);
  }
}

/** Starts servers and programs. Rejects with a line to show when the programs can't be compiled. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const problem = await buildPrograms();
  if (problem !== null) throw new Error(problem);
  const servers = await startServers();
  const stage = new Stage(options);
  const programs = demoPrograms(servers);
  say(`demo: ${programs.map(({ name }) => name).join(', ')} will connect; answer their cards`);
  for (const program of programs) stage.startLater(program, program.startsAfterMs);
  return {
    async stop() {
      await stage.stop();
      await Promise.all(allServers(servers).map((server) => server.close()));
    },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { lab: { type: 'string' }, door: { type: 'string' } } });
  if (values.lab === undefined || values.door === undefined) {
    throw new Error('usage: demo.ts --lab PROGRAM --door PATH');
  }
  const demo = await startDemo({ labProgram: values.lab, door: values.door });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.once(signal, () => void demo.stop().then(() => process.exit(0)));
  }
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
