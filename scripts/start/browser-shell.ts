/** Main in the browser shell, as a child that says over its IPC channel when it is ready. */
import { type ChildProcess, fork } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import type { ReadyMessage } from '../../src-main/main-browser.ts';
import { root } from '../process.ts';

export interface BrowserMain {
  readonly child: ChildProcess;
  readonly ready: ReadyMessage;
  /** New addresses: each one works once. */
  addresses(): Promise<ReadyMessage>;
}

/** Starts it; null when it ended before it was ready (it has said why on stderr). */
export async function startBrowserMain(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<BrowserMain | null> {
  const child = fork(path.join(root, 'src-main/main-browser.ts'), args, {
    cwd: root,
    env: { ...process.env, ...env },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ready = await nextMessage(child);
  if (ready === null) return null;
  const addresses = async (): Promise<ReadyMessage> => {
    child.send('addresses');
    return (await nextMessage(child)) ?? ready;
  };
  return { child, ready, addresses };
}

function nextMessage(child: ChildProcess): Promise<ReadyMessage | null> {
  return new Promise((resolve) => {
    const ended = (): void => resolve(null);
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as ReadyMessage);
    });
  });
}

/** Whether this computer's 127.0.0.1 has `port` to give. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
