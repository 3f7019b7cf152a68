/** Opens a page as a window of its own in an installed Chromium, Chrome or Edge. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import type { Role } from '../../../src-preload/contract/calls.ts';

export interface AppWindowSettings {
  /** The browser's program. */
  readonly program: string;
  /**
   * Folder for its profiles: ours, so that no extension of the user's can press Allow, and one per role, because windows of
   * one profile take each other's place and size.
   */
  readonly profiles: string;
}

/** Side by side, so that a card is never covered. */
const bounds: Readonly<Record<Role, readonly [position: string, size: string]>> = {
  prompt: ['60,60', '480,760'],
  manager: ['580,60', '1180,780'],
};

/**
 * Opens `address`. Resolves to the process, to be ended together with Portreeve, or to null if it can't start. When the
 * role's profile is in use already, the window opens in the browser that uses it, and this process ends at once.
 */
export function openAppWindow(
  settings: AppWindowSettings,
  role: Role,
  address: string,
): Promise<ChildProcess | null> {
  const asRoot = process.getuid?.() === 0;
  const [position, size] = bounds[role];
  const child = spawn(
    settings.program,
    [
      `--app=${address}`,
      `--user-data-dir=${path.join(settings.profiles, role)}`,
      `--window-position=${position}`,
      `--window-size=${size}`,
      '--no-first-run',
      '--no-default-browser-check',
      '--disable-extensions',
      '--disable-sync',
      '--disable-background-networking',
      '--disable-component-update',
      // Chromium refuses to run as root with its sandbox; only our own pages are ever loaded.
      ...(asRoot ? ['--no-sandbox', '--test-type'] : []),
    ],
    // Out of the terminal's group: Ctrl+C is answered by the starter, in order.
    { stdio: 'ignore', detached: true },
  );
  return new Promise((resolve) => {
    child.once('error', () => resolve(null));
    child.once('spawn', () => resolve(child));
  });
}
