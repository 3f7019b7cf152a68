/** The client programs of the demo: small ones compiled under build/demo, and those that this computer has anyway. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { findProgram, root, run } from '../process.ts';
import type { Server } from './servers.ts';

/** One program of the demo. It is started anew, after a pause, when it ends. */
export interface DemoProgram {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** From the start of the demo. */
  readonly startsAfterMs: number;
}

export interface DemoServers {
  readonly weather: Server;
  readonly mail: Server;
  readonly photos: readonly Server[];
  readonly news: Server;
  readonly time: Server;
}

const webNames = ['weather', 'mail-sync', 'photo-backup'];
const timeName = 'clock-sync';
const pauseSeconds = '20';

function built(name: string): string {
  return path.join(root, 'build', 'demo', name);
}

/** Compiles the small clients. Returns null, or one line that says what is wrong. */
export async function buildPrograms(): Promise<string | null> {
  mkdirSync(built('.'), { recursive: true });
  const compiler = process.env['CC'] ?? 'cc';
  for (const name of [...webNames, timeName]) {
    const source = `scripts/demo/${name === timeName ? 'time' : 'web'}_client.c`;
    const args = ['-std=c17', '-O1', '-Wall', '-o', built(name), source, '-pthread'];
    const { code, output } = await run(compiler, args);
    if (code !== 0) return `the demo's programs could not be compiled: ${output.trim()}`;
  }
  return null;
}

const address = (server: Server): string => `${server.host}:${server.port}`;
const page = (server: Server): string => `http://${address(server)}/`;

const python = `
import sys, urllib.request, urllib.error
try:
    print('python3: got', urllib.request.urlopen(sys.argv[1]).status)
except urllib.error.URLError as error:
    print('python3: refused (EACCES)' if getattr(error.reason, 'errno', 0) == 13 else 'python3: %s' % error.reason)
`;

const curlSays = 'curl: got %{http_code}\n';

function compiled(servers: DemoServers): DemoProgram[] {
  const { weather, mail, photos, time } = servers;
  const webArgs = (to: readonly Server[]): string[] => [pauseSeconds, ...to.map(address)];
  const program = (name: string, args: string[], startsAfterMs: number): DemoProgram => ({
    name,
    file: built(name),
    args,
    startsAfterMs,
  });
  return [
    program('weather', webArgs([weather]), 0),
    program('mail-sync', webArgs([mail]), 1500),
    program('photo-backup', webArgs(photos), 3000),
    program(timeName, [pauseSeconds, time.host, String(time.port)], 6000),
  ];
}

function installed({ news }: DemoServers): DemoProgram[] {
  const candidates: [name: string, args: string[]][] = [
    ['curl', ['-s', '-o', '/dev/null', '-w', curlSays, page(news)]],
    ['python3', ['-c', python, page(news)]],
    ['wget', ['-q', '-O', '/dev/null', '--tries=1', page(news)]],
  ];
  return candidates.flatMap(([name, args], index) => {
    const file = findProgram(name);
    const startsAfterMs = 9000 + 3000 * index;
    return file === null ? [] : [{ name, file, args, startsAfterMs }];
  });
}

/** Every program that can run here, in the order in which they start. */
export function demoPrograms(servers: DemoServers): readonly DemoProgram[] {
  return [...compiled(servers), ...installed(servers)];
}
