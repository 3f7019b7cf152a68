/** A Windows of Wine's that Portreeve is installed on: what is there of it, and Windows Installer. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { product } from '../../src-main/product.ts';
import { type Guest, startGuest } from '../wine/guest.ts';
import { Wine, windowsPath } from '../wine/wine.ts';
import { folder } from './pack.ts';

export const wine = new Wine(path.join(folder, 'wine'));
const drivers = path.join(wine.drive, 'windows/system32/drivers');
export const appFolder = path.join(wine.drive, 'Program Files/Portreeve');
export const dataFolder = path.join(wine.drive, 'ProgramData', product.dataFolder);
const task = path.join(wine.drive, 'windows/system32/tasks', ...product.logonTask.split('\\'));
const serviceKey = `HKLM\\System\\CurrentControlSet\\Services\\${product.driverService}`;
const eventKey = `HKLM\\System\\CurrentControlSet\\Services\\EventLog\\Application\\${product.eventSource}`;
const productsKey = 'HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall';
const group = 'Portreeve';

/** The prefix, made once, with the lab's filter engine as a service in the driver's group. */
export async function makeMachine(fwpkclnt: string): Promise<void> {
  await wine.stop();
  const stamp = path.join(wine.folder, 'prefix.stamp');
  const { output } = await wine.version();
  const wanted = `${output.trim()} ${JSON.stringify(wine.environment)}`;
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    rmSync(wine.prefix, { recursive: true, force: true });
    mkdirSync(wine.folder, { recursive: true });
    await wine.make();
    const file = 'C:\\windows\\system32\\drivers\\fwpkclnt.sys';
    const options = ['type=', 'kernel', 'start=', 'demand', 'group=', group, 'binPath=', file];
    await wine.must('sc', 'create', 'fwpkclnt', ...options);
    await wine.stop();
    writeFileSync(stamp, wanted);
  }
  copyFileSync(fwpkclnt, path.join(drivers, 'fwpkclnt.sys'));
}

/** The next run begins with a new one: this one is not as it was any more. */
export function spoilMachine(): void {
  rmSync(path.join(wine.folder, 'prefix.stamp'), { force: true });
}

/** Starts Wine with a program, which keeps it running, and the filter engine. */
export async function startMachine(): Promise<Guest> {
  const program = await startGuest('program', wine);
  await wine.run('sc', 'start', 'fwpkclnt');
  const state = await wine.stateOf('fwpkclnt');
  if (state !== 'RUNNING') throw new Error(`the filter engine is ${state}`);
  return program;
}

/** Exit code of Windows Installer, of which Unix keeps eight bits; 0 is success. */
export async function msiexec(...args: readonly string[]): Promise<number> {
  const log = path.join(wine.folder, 'msiexec.log');
  rmSync(log, { force: true });
  const { code } = await wine.run('msiexec', ...args, '/qn', '/l*v', windowsPath(log));
  if (!existsSync(log)) throw new Error('Windows Installer has not run');
  return code;
}

/** Runs the installed setup program, or another one. */
export function setup(
  args: readonly string[],
  program = path.join(appFolder, 'resources/setup/portreeve-setup.exe'),
) {
  return wine.run(windowsPath(program), ...args);
}

/** What there is of Portreeve; the same before and after means that nothing was changed. */
export interface State {
  readonly service: Readonly<Record<string, string>> | null;
  readonly driver: string;
  /** Images of the driver below System32, by name. */
  readonly images: Readonly<Record<string, string>>;
  readonly task: string | null;
  readonly data: Readonly<Record<string, string>> | null;
  readonly app: Readonly<Record<string, string>> | null;
  readonly settings: Readonly<Record<string, string>> | null;
  readonly undo: boolean;
  readonly eventSource: Readonly<Record<string, string>> | null;
  /** Versions that can be removed in Windows' settings. */
  readonly versions: readonly string[];
}

export const nothing: State = {
  service: null,
  driver: 'absent',
  images: {},
  task: null,
  data: null,
  app: null,
  settings: null,
  undo: false,
  eventSource: null,
  versions: [],
};

export async function look(): Promise<State> {
  const [service, state, settings, undo, eventSource, products] = await answers([
    `reg query "${serviceKey}" /reg:64`,
    `sc query ${product.driverService}`,
    `reg query "HKLM\\${product.settingsKey}" /reg:64`,
    `reg query "HKLM\\${product.settingsKey}.Undo" /reg:64`,
    `reg query "${eventKey}" /reg:64`,
    `reg query "${productsKey}" /s /reg:64`,
  ]);
  return {
    service: valuesIn(service),
    driver: /STATE\s*:\s*\d+\s+(\w+)/.exec(state ?? '')?.[1] ?? 'absent',
    images: hashes(drivers, (name) => name.startsWith('portreeve')) ?? {},
    task: existsSync(task) ? readFileSync(task, 'utf8') : null,
    data: hashes(dataFolder),
    app: hashes(appFolder),
    settings: valuesIn(settings),
    undo: valuesIn(undo) !== null,
    eventSource: valuesIn(eventSource),
    versions: versionsIn(products ?? ''),
  };
}

/** What Windows commands say, all in one start of Wine. */
async function answers(commands: readonly string[]): Promise<string[]> {
  const batch = path.join(wine.folder, 'look.bat');
  const mark = '-- next --';
  writeFileSync(batch, commands.map((one) => `@${one}\r\n@echo ${mark}\r\n`).join(''));
  const { output } = await wine.run('cmd', '/c', windowsPath(batch));
  const parts = output.split(mark);
  if (parts.length !== commands.length + 1) throw new Error(`not answered: ${output}`);
  return parts;
}

/** Hash by path of each file; null where there is no such folder. */
export function hashes(
  place: string,
  filter: (name: string) => boolean = () => true,
): Readonly<Record<string, string>> | null {
  if (!existsSync(place)) return null;
  const files = readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => filter(name) && statSync(path.join(place, name)).isFile())
    .toSorted();
  return Object.fromEntries(files.map((name) => [name, hashOf(path.join(place, name))]));
}

export function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16);
}

/** Values of a key in what reg.exe says, without those below it; null where there is no such key. */
function valuesIn(output = ''): Readonly<Record<string, string>> | null {
  if (!output.includes('HKEY_LOCAL_MACHINE')) return null;
  const lines = output.matchAll(/^ {4}(\S.*?) {4}(REG_\w+) {4}(.*?)\r?$/gm);
  return Object.fromEntries([...lines].map(([, name = '', , value = '']) => [name, value]));
}

function versionsIn(output: string): string[] {
  const parts = output
    .split(/^HKEY/m)
    .filter((part) => /DisplayName +REG_SZ +Portreeve\r?$/m.test(part));
  return parts.map((part) => /DisplayVersion +REG_SZ +(\S+)/.exec(part)?.[1] ?? '').toSorted();
}
