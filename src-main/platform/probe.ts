/** Programs that make one connection, for the self-test. */
import { spawn } from 'node:child_process';
import path from 'node:path';

import type { ProbePort } from '../engine/ports.ts';

/** TEST-NET-1 (RFC 5737): nobody has it, and no router carries it on. */
const NOWHERE = '192.0.2.1';
const PATIENCE_S = '90';

interface Command {
  readonly program: string;
  readonly args: (port: number) => readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** curl, which Windows has brought along since version 1803. `systemFolder`: where Windows keeps its programs. */
export function curlProbe(systemFolder: string): ProbePort {
  const program = path.win32.join(systemFolder, 'curl.exe');
  // The first switch keeps a user's own settings out; nothing goes through a proxy.
  const plain = ['-q', '--silent', '--noproxy', '*', '--output', 'NUL'];
  const args = (port: number) => [...plain, '--max-time', PATIENCE_S, `http://${NOWHERE}:${port}/`];
  const env = { SystemRoot: path.win32.dirname(systemFolder) };
  return probeOf({ program, args, env }, program, NOWHERE);
}

/** For development: a command of the lab that holds a program, to which address and port are added. */
export function commandProbe([program = '', ...args]: readonly string[]): ProbePort {
  const address = '127.0.0.1';
  const all = (port: number) => [...args, address, String(port)];
  return probeOf({ program, args: all, env: process.env }, program, address);
}

function probeOf(
  { program: file, args, env }: Command,
  program: string,
  address: string,
): ProbePort {
  return {
    program,
    address,
    start(port, ended) {
      const child = spawn(file, args(port), { env, stdio: 'ignore', windowsHide: true });
      let open = true;
      const end = (wasThere: boolean): void => {
        if (open) ended(wasThere);
        open = false;
      };
      child.once('error', () => end(false));
      child.once('exit', () => end(true));
      return { stop: () => void child.kill() };
    },
  };
}

/** The command of development, as JSON; undefined where there is none. */
export function probeOfText(text: string | undefined): ProbePort | undefined {
  if (text === undefined) return undefined;
  const command: unknown = JSON.parse(text);
  const words = Array.isArray(command) ? command.filter((word) => typeof word === 'string') : [];
  return words.length === 0 ? undefined : commandProbe(words);
}
