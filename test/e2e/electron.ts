/**
 * The same suite on the product's own windows: where Electron's program is there (`npm run test:electron`), Playwright
 * drives it, and an address of ours names one of its windows.
 */
import { type ElectronApplication, type Page, _electron } from 'playwright-core';
import { buildElectronMain } from '../../scripts/build-electron.ts';
import { root } from '../../scripts/process.ts';
import type { BrowserMain } from '../../scripts/start/browser-shell.ts';

/** Electron's program; null where the suite runs in the browser shell. */
export const electronProgram = process.env['PORTREEVE_ELECTRON'] ?? null;

const running = new Map<string, ElectronApplication>();
const pattern = /^electron:(?<name>\d+)\/(?<role>prompt|manager)$/u;
let built: Promise<void> | null = null;

/** Main in Electron, as in the browser shell: what it says when it is ready are the names of its windows. */
export async function startElectronMain(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<BrowserMain> {
  built ??= buildElectronMain();
  await built;
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const app = await _electron.launch({
    executablePath: program,
    args: [root, ...args],
    cwd: root,
    env: { ...Object.fromEntries(inherited), LANG: 'en_US.UTF-8', ...env },
  });
  const name = String(running.size);
  running.set(name, app);
  const [prompt, manager] = ['prompt', 'manager'].map((role) => `electron:${name}/${role}`);
  const ready = { kind: 'ready', port: 0, prompt: prompt ?? '', manager: manager ?? '' } as const;
  return { child: app.process(), ready, addresses: () => Promise.resolve(ready) };
}

/** The window of this address; the manager is opened again when it was closed. Null for an address of the browser shell. */
export async function electronPage(address: string): Promise<Page | null> {
  const { name, role } = pattern.exec(address)?.groups ?? {};
  const app = name === undefined ? undefined : running.get(name);
  if (app === undefined) return null;
  const isWanted = (page: Page): boolean => page.url().startsWith(`app://${role ?? ''}/`);
  const there = app.windows().find(isWanted);
  if (there !== undefined) return there;
  const opened = app.waitForEvent('window', { predicate: isWanted });
  if (role === 'manager') await app.evaluate(({ app: main }) => main.emit('second-instance'));
  return opened;
}

/** The prompt is never closed, as for its user; a manager is made anew when it is wanted. */
export async function closeElectronPage(page: Page): Promise<void> {
  if (page.url().startsWith('app://manager/')) await page.close();
}
