/** The life of an installation, in order: each case finds what the one before has left. */
import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { root } from '../../scripts/process.ts';
import { readInstalledSettings } from '../../src-main/engine/managed/settings.ts';
import { product } from '../../src-main/product.ts';
import { logonTaskXml, serviceTaskXml } from '../../src-main/platform/logon-task.ts';
import { until } from '../device/peer.ts';
import type { Guest } from '../wine/guest.ts';
import { commandLine } from './command-line.ts';
import { repairCode } from './control.ts';
import {
  type State,
  appFolder,
  dataFolder,
  hashOf,
  hashes,
  look,
  msiexec,
  nothing,
  setup,
  wine,
} from './machine.ts';
import { mustRun, unpacked } from './pack.ts';
import { peer } from './remote-session.ts';
import {
  type Case,
  allow,
  audit,
  auditAndGoOn,
  connecting,
  hold,
  msi,
  refused,
  rules,
  silent,
  startClient,
  upgradeTo,
  versions,
  writeRules,
} from './steps.ts';
import { filesOf } from './versions.ts';

const appProgram = 'C:\\Program Files\\Portreeve\\Portreeve.exe';

const respawnFolder = path.join(wine.drive, 'respawn');

let client: Guest;
let installed: State;

export const lifeCases: readonly Case[] = [
  ['a silent installation does what its properties say', install],
  ['the app is ended, with what it starts again', stopApp],
  ['a connection is held and answered', held],
  ['the command line is found, and carries everything', commandLine],
  ['repair', repair],
  ['an upgrade leaves the running driver, its holds and the rules alone', upgrade],
  ['so does a second one before a restart', secondUpgrade],
  ['a downgrade is refused', () => refused('/i', msi('older'), ...silent)],
  ['reset without the app, and restore', resetAndRestore],
  ['a removal keeps the rules', removal],
  ['nothing but the rules is left', () => auditAndGoOn([/^ProgramData\/Portreeve/])],
  ['installed again, to be started after a restart', installedAgain],
  ['a removal that is told to takes the rules too', removalWithRules],
  ['nothing is left, and what was put there is found', finalAudit],
];

async function install(): Promise<string> {
  const properties = ['MODE=learn', 'NOCLIENTPOLICY=allow', 'KEEPREMOTE=1'];
  assert.equal(await msiexec('/i', msi('older'), ...silent, ...properties), 0);
  installed = await look();
  const { service, images, settings, eventSource, undo } = installed;
  assert.equal(installed.driver, 'RUNNING');
  asTheInfSays(service ?? {});
  const image = hashOf(path.join(unpacked, 'resources/driver/portreeve.sys'));
  assert.deepEqual(images, { 'portreeve.sys': image });
  asWeDescribeIt(installed.task ?? '', logonTaskXml(appProgram));
  asWeDescribeIt(installed.serviceTask ?? '', serviceTaskXml(appProgram));
  assert.match(installed.serviceTask ?? '', /<Settings>[\s\S]*<Enabled>false<\/Enabled>/);
  assert.deepEqual(installed.data, {});
  assert.deepEqual(installed.app, hashes(unpacked));
  const { RemotePeers: peers = '', ...told } = settings ?? {};
  assert.deepEqual(told, { Mode: 'learn', NoClientPolicy: 'allow' });
  // Whoever else has a session to this computer is kept too.
  assert.ok(`,${peers}`.includes(`,${peer},`), `of ${peer}, there is "${peers}"`);
  assert.deepEqual(eventSource, {
    EventMessageFile: '%SystemRoot%\\System32\\EventCreate.exe',
    TypesSupported: '0x7',
  });
  assert.deepEqual([installed.versions, undo], [[versions.older], false]);
  assert.deepEqual(installed.searchPath, ['C:\\Program Files\\Portreeve\\']);
  await theAppReadsThem();
  await staysOverARestart(`HKLM\\${product.settingsKey}`);
  // Wine makes even those of all users for the one that it has.
  const links = readdirSync(path.join(wine.drive, 'users'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.lnk'))
    .map((name) => path.basename(name));
  assert.deepEqual(links.toSorted(), ['Portreeve - emergency off.lnk', 'Portreeve.lnk']);
  return `${Object.keys(installed.app ?? {}).length} files`;
}

/** By its own way into the registry. */
async function theAppReadsThem(): Promise<void> {
  const read = await connecting().call('policy', { file: 'C:\\nowhere.json' });
  const { installed: values } = read as { installed: Record<string, unknown> };
  const { mode, noClient } = readInstalledSettings(values);
  assert.deepEqual([mode, noClient], ['learn', 'allow']);
  assert.ok(`,${String(values[product.settings.remotePeers])}`.includes(`,${peer},`));
}

/** Wine keeps only a part of a task: what it has is what it was told. */
function asWeDescribeIt(task: string, told: string): void {
  const kept = task.match(/<(\w+)>[^<\s][^<]*<\/\1>/g) ?? [];
  assert.ok(kept.length > 10, task);
  for (const element of kept) assert.ok(told.includes(element), element);
}

/** Values of a volatile key would be gone with the next start; only volatile ones can be made below it. */
async function staysOverARestart(key: string): Promise<void> {
  await wine.must('reg', 'add', `${key}\\probe`, '/f', '/reg:64');
  await wine.must('reg', 'delete', `${key}\\probe`, '/f', '/reg:64');
}

/** The service that the setup program makes is the one that the INF describes. */
function asTheInfSays(service: Readonly<Record<string, string>>): void {
  const inf = readFileSync(path.join(unpacked, 'resources/driver/portreeve.inf'), 'latin1');
  // The strings are at the end.
  const value = (name: string): string => {
    const line = new RegExp(`^${name}\\s*=\\s*"?([^";\\r]+?)"?\\s*(?:;|\\r)`, 'gm');
    return [...inf.matchAll(line)].at(-1)?.[1] ?? `no ${name}`;
  };
  const number = (name: string): string => `0x${Number(value(name)).toString(16)}`;
  assert.deepEqual(
    [service['Type'], service['Start'], service['ErrorControl'], service['DependOnService']],
    [number('ServiceType'), number('StartType'), number('ErrorControl'), value('Dependencies')],
  );
  assert.deepEqual(
    [service['DisplayName'], service['Description']],
    [value('Name'), value('Description')],
  );
  assert.equal(service['ImagePath'], '\\SystemRoot\\System32\\drivers\\portreeve.sys');
}

/** Processes that said that they run, and how much they have said by now. */
function alive(): { readonly processes: number; readonly lines: number } {
  const file = path.join(respawnFolder, 'alive');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return { processes: new Set(lines.filter((line) => line !== '')).size, lines: lines.length };
}

async function stopApp(): Promise<undefined> {
  mkdirSync(respawnFolder, { recursive: true });
  const program = path.join(respawnFolder, product.program);
  const source = path.join(root, 'test/installer/stub/respawn.c');
  await mustRun('x86_64-w64-mingw32-gcc', ['-s', '-Wall', '-mwindows', '-o', program, source]);
  const place = `C:\\respawn\\${product.program}`;
  wine.start(place, [], path.join(wine.folder, 'respawn.log'));
  await until('service and agent', 60_000, () => alive().processes === 2);
  assert.equal((await setup(['app-stop', place])).code, 0);
  const { lines } = alive();
  await pause(1000);
  assert.equal(alive().lines, lines);
  rmSync(respawnFolder, { recursive: true });
}

async function held(): Promise<undefined> {
  client = await startClient();
  await allow(client, await hold(client, 1));
  writeRules();
  installed = await look();
  assert.deepEqual(Object.keys(installed.data ?? {}), ['rules.db']);
}

/** Wine's `/f` repairs no package, ours nor another; a reinstallation is the same work, asked for in another way. */
async function repair(): Promise<string> {
  const code = await msiexec('/fa', msi('older'));
  assert.equal(code, await repairCode());
  rmSync(path.join(wine.drive, 'windows/system32/tasks/Portreeve'), { recursive: true });
  rmSync(path.join(appFolder, 'portreeve.com'));
  const again = await msiexec('/i', msi('older'), ...silent, 'REINSTALL=ALL', 'REINSTALLMODE=amus');
  assert.equal(again, 0);
  const { images, ...rest } = await look();
  const { images: wanted, ...others } = installed;
  assert.deepEqual(rest, others);
  assert.equal(images['portreeve.sys'], wanted['portreeve.sys']);
  assert.equal(client.hasNews(), false, 'the client lost its session');
  return `/fa ends with ${code}, for the control too`;
}

/** The running driver goes on; the new one is in its place for the next start. */
async function upgrade(): Promise<string> {
  return upgradeUnderHold('newer', 2);
}

/** The driver in memory is of the version before the last. */
async function secondUpgrade(): Promise<string> {
  return upgradeUnderHold('newest', 3);
}

async function upgradeUnderHold(version: keyof typeof versions, endpoint: number): Promise<string> {
  const state = await look();
  const connection = await hold(client, endpoint);
  assert.equal(await upgradeTo(version), 0);
  const after = await look();
  const { 'portreeve.sys': image, ...others } = after.images;
  assert.equal(image, hashOf(path.join(filesOf(version), 'resources/driver/portreeve.sys')));
  assert.deepEqual(after.app, hashes(filesOf(version)));
  assert.deepEqual(after.versions, [versions[version]]);
  const { images, app, versions: found } = after;
  assert.deepEqual(after, { ...state, images, app, versions: found });
  await allow(client, connection);
  return `beside the new image: ${Object.keys(others).join(', ') || 'nothing'}`;
}

/** With a connection on hold that nobody answers, and without the app's program. */
async function resetAndRestore(): Promise<string> {
  const state = await look();
  rmSync(path.join(appFolder, 'Portreeve.exe'));
  const { answer } = await hold(client, 4);
  const { output } = await setup(['reset']);
  assert.notEqual(await answer, 'permitted');
  const off = await look();
  assert.deepEqual([off.driver, off.service?.['Start']], ['STOPPED', '0x3']);
  assert.deepEqual([off.data, off.settings], [state.data, state.settings]);
  assert.equal(await connecting().call('connect', { endpoint: 5, port: 443 }), 'permitted');
  await client.call('stop');
  await setup(['restore']);
  cpSync(path.join(filesOf('newest'), 'Portreeve.exe'), path.join(appFolder, 'Portreeve.exe'));
  // Wine forgets dependencies when only the kind of start is changed.
  const on = await look();
  const service = { ...on.service, DependOnService: state.service?.['DependOnService'] ?? '' };
  assert.deepEqual({ ...on, service }, state);
  return output.replaceAll(/\s*\n\s*/g, '; ');
}

async function removal(): Promise<undefined> {
  await client.end();
  assert.equal(await msiexec('/x', msi('newest')), 0);
  const state = await look();
  assert.deepEqual(state, { ...nothing, data: state.data });
  assert.equal(readFileSync(rules, 'utf8'), 'rules of the user');
}

async function installedAgain(): Promise<undefined> {
  const properties = ['START=restart', 'KEEPREMOTE=0'];
  assert.equal(await msiexec('/i', msi('newest'), ...silent, ...properties), 0);
  const state = await look();
  assert.deepEqual(
    [state.driver, state.versions, state.settings],
    ['STOPPED', [versions.newest], null],
  );
  assert.equal(readFileSync(rules, 'utf8'), 'rules of the user');
  mkdirSync(path.join(dataFolder, 'backups'), { recursive: true });
}

async function removalWithRules(): Promise<undefined> {
  assert.equal(await msiexec('/x', msi('newest'), 'REMOVERULES=1'), 0);
  assert.deepEqual(await look(), nothing);
}

/** Each kind of thing that an installer may leave behind, put there on purpose. */
async function finalAudit(): Promise<undefined> {
  const left = ['windows/system32/drivers/portreeve.sys.loaded', 'Program Files/left.txt'];
  for (const name of left) writeFileSync(path.join(wine.drive, name), 'left');
  const services = 'HKLM\\System\\CurrentControlSet\\Services';
  const installer = 'HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Installer';
  const keys = [`${services}\\left`, `${installer}\\UserData\\S-1-5-18\\Products\\LEFT\\Usage`];
  for (const key of keys) {
    // oxlint-disable-next-line no-await-in-loop
    await wine.must('reg', 'add', key, '/v', 'Left', '/d', 'left', '/f', '/reg:64');
  }
  return audit([
    /^windows\/system32\/drivers\/portreeve\.sys\.loaded: - ->/,
    /^Program Files\/left\.txt: - ->/,
    /Services\\\\left "Left": - ->|^new key .*Services\\\\left$/,
    /Products\\\\LEFT\\\\Usage "Left": - ->|^new key .*Products\\\\LEFT(\\\\Usage)?$/,
  ]);
}
