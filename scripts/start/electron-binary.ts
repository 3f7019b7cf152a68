/** Whether Electron can run here, and where it is: it downloads itself at first use, which many machines can't. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { endChild, exitOf, node, root } from '../process.ts';

export type ElectronChoice =
  | { readonly ok: true; readonly program: string }
  /** One clause for "Electron isn't used: ...". */
  | { readonly ok: false; readonly why: string };

const folder = path.join(root, 'node_modules', 'electron');
const patienceMs = 20_000;

/** Electron's program, downloaded if need be within 20 s; else why not. */
export async function chooseElectron(say: (line: string) => void): Promise<ElectronChoice> {
  if (process.platform === 'linux') {
    if (process.getuid?.() === 0) return no('it does not run as root with its sandbox on');
    if (!hasDisplay()) return no('there is no display');
  }
  const there = installed();
  if (there !== null) return { ok: true, program: there };
  if (process.env['ELECTRON_SKIP_BINARY_DOWNLOAD'] !== undefined) {
    return no('its program is not installed and ELECTRON_SKIP_BINARY_DOWNLOAD is set');
  }
  say(`Downloading Electron (about 110 MB, for at most ${patienceMs / 1000} s) ...`);
  const outcome = await download();
  const program = installed();
  return outcome === null && program !== null
    ? { ok: true, program }
    : no(outcome ?? 'its download is incomplete');
}

/** Whether windows can be opened. */
export function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env['DISPLAY']) || Boolean(process.env['WAYLAND_DISPLAY']);
}

function no(why: string): ElectronChoice {
  return { ok: false, why };
}

function installed(): string | null {
  const pointer = path.join(folder, 'path.txt');
  if (!existsSync(pointer)) return null;
  const program = path.join(folder, 'dist', readFileSync(pointer, 'utf8').trim());
  return existsSync(program) ? program : null;
}

async function download(): Promise<string | null> {
  const child = spawn(node, [path.join(folder, 'install.js')], { cwd: root, stdio: 'ignore' });
  const timer = setTimeout(() => void endChild(child), patienceMs);
  const code = await exitOf(child);
  clearTimeout(timer);
  if (code === 0) return null;
  if (child.signalCode !== null)
    return 'its download takes too long ("npx install-electron" fetches it without a limit)';
  return 'it could not be downloaded (is GitHub reachable?)';
}
