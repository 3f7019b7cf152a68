/** A Windows of Wine's that Portreeve is installed on: what is there of it, and Windows Installer. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';

import { product } from '../../src-main/product.ts';
import { copyPrefix, makeFresh } from '../wine/base.ts';
import { bundleGuest } from '../wine/bundle.ts';
import { type Guest, startGuest } from '../wine/guest.ts';
import { Wine, windowsKoffi, windowsPath } from '../wine/wine.ts';
import { folder } from './pack.ts';

/** `wine.ts LANE`: lanes run beside each other, each in a process with a Windows of its own; without one, that which they begin with. */
export const wine = new Wine(path.join(folder, `wine-${process.argv[2] ?? 'first'}`));
const drivers = path.join(wine.drive, 'windows/system32/drivers');
export const appFolder = path.join(wine.drive, 'Program Files/Portreeve');
export const dataFolder = path.join(wine.drive, 'ProgramData', product.dataFolder);
export const lookProgram = path.join(folder, 'look.exe');
const tasks = path.join(wine.drive, 'windows/system32/tasks');
const services = 'SYSTEM\\CurrentControlSet\\Services';
const eventKey = `${services}\\EventLog\\Application\\${product.eventSource}`;
const environmentKey = 'SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment';
const productsKey = 'SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall';
const group = 'Portreeve';

/** A new Windows with the lab's filter engine as a service in the driver's group, and the guest's bundle. */
export async function makeMachine(fwpkclnt: string): Promise<void> {
  await wine.stop();
  await makeFresh(wine);
  const file = 'C:\\windows\\system32\\drivers\\fwpkclnt.sys';
  const options = ['type=', 'kernel', 'start=', 'demand', 'group=', group, 'binPath=', file];
  await wine.must('sc', 'create', 'fwpkclnt', ...options);
  copyFileSync(fwpkclnt, path.join(drivers, 'fwpkclnt.sys'));
  await bundleGuest(path.join(wine.folder, 'guest'), await windowsKoffi());
}

/** The lane's own Windows, as this one is now; it does not run. */
export function copyMachine(lane: string): void {
  const other = new Wine(path.join(folder, `wine-${lane}`));
  copyPrefix(wine, other);
  const guest = path.join(other.folder, 'guest');
  rmSync(guest, { recursive: true, force: true });
  cpSync(path.join(wine.folder, 'guest'), guest, { recursive: true });
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
  readonly serviceTask: string | null;
  readonly data: Readonly<Record<string, string>> | null;
  readonly app: Readonly<Record<string, string>> | null;
  readonly settings: Readonly<Record<string, string>> | null;
  readonly undo: boolean;
  readonly eventSource: Readonly<Record<string, string>> | null;
  /** Folders of ours in which every shell looks for programs. */
  readonly searchPath: readonly string[];
  /** Versions that can be removed in Windows' settings. */
  readonly versions: readonly string[];
}

export const nothing: State = {
  service: null,
  driver: 'absent',
  images: {},
  task: null,
  serviceTask: null,
  data: null,
  app: null,
  settings: null,
  undo: false,
  eventSource: null,
  searchPath: [],
  versions: [],
};

export async function look(): Promise<State> {
  const [service, state, settings, undo, eventSource, environment, products] = await answers([
    ['key', `${services}\\${product.driverService}`],
    ['service', product.driverService],
    ['key', product.settingsKey],
    ['key', `${product.settingsKey}.Undo`],
    ['key', eventKey],
    ['key', environmentKey],
    ['key', productsKey],
  ]);
  return {
    service: valuesIn(service),
    driver: states[/^state\t(\d)$/m.exec(state ?? '')?.[1] ?? ''] ?? 'absent',
    images: hashes(drivers, (name) => name.startsWith('portreeve')) ?? {},
    task: definitionOf(product.logonTask),
    serviceTask: definitionOf(product.serviceTask),
    data: hashes(dataFolder),
    app: hashes(appFolder),
    settings: valuesIn(settings),
    undo: valuesIn(undo) !== null,
    eventSource: valuesIn(eventSource),
    searchPath: (valuesIn(environment)?.['PATH'] ?? '').split(';').filter(isOurs),
    versions: versionsIn(products ?? ''),
  };
}

/** As Wine keeps it. */
function definitionOf(task: string): string | null {
  const file = path.join(tasks, ...task.split('\\'));
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/** dwCurrentState of SERVICE_STATUS. */
const states: Readonly<Record<string, string>> = { 1: 'STOPPED', 4: 'RUNNING' };

function isOurs(folder_: string): boolean {
  return /portreeve/i.test(folder_);
}

type Question = readonly [kind: 'key' | 'service', name: string];

/** What stub/look.c says to each. */
async function answers(questions: readonly Question[]): Promise<string[]> {
  const { output } = await wine.run(windowsPath(lookProgram), ...questions.flat());
  const [nothing_, ...parts] = output.replaceAll('\r', '').split(/^look\n/m);
  if (nothing_ !== '' || parts.length !== questions.length || !output.trimEnd().endsWith('done')) {
    throw new Error(`not answered: ${output}`);
  }
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

/** Values of a key in what was answered, without those below it; null where there is no such key. */
function valuesIn(answer = ''): Readonly<Record<string, string>> | null {
  if (!answer.startsWith('key\n')) return null;
  const own = answer.split(/^below\t/m)[0] ?? '';
  const lines = own.matchAll(/^value\t(.*?)\t(.*)$/gm);
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
}

function versionsIn(answer: string): string[] {
  const parts = answer
    .split(/^below\t/m)
    .filter((part) => /^value\tDisplayName\tPortreeve$/m.test(part));
  return parts.map((part) => /^value\tDisplayVersion\t(\S+)$/m.exec(part)?.[1] ?? '').toSorted();
}
