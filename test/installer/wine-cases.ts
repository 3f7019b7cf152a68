/** The life of an installation in Wine, in order: each case finds what the one before has left. */
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { buildImage } from '../../scripts/driver/image.ts';
import { labImage } from '../../scripts/driver/lab-image.ts';
import { product } from '../../src-main/product.ts';
import { logonTaskXml } from '../../src-main/platform/logon-task.ts';
import { bundleGuest } from '../wine/bundle.ts';
import { type Guest, startGuest } from '../wine/guest.ts';
import { windowsKoffi, windowsPath } from '../wine/wine.ts';
import { type Snapshot, differences, takeSnapshot } from './audit.ts';
import { failedUpgradeBringsBack } from './control.ts';
import { addFailures, buildBinaries, failures, upgradingKey } from './failing.ts';
import {
  type State,
  appFolder,
  dataFolder,
  hashOf,
  hashes,
  look,
  makeMachine,
  msiexec,
  nothing,
  setup,
  startMachine,
  wine,
} from './machine.ts';
import { buildParts, folder, must, packFolder, unpacked } from './pack.ts';
import { buildWithWixl } from './wixl.ts';

type Case = readonly [name: string, run: () => Promise<string | undefined>];

export const setUpName = 'set-up';
const packageOf = (version: string): string => path.join(folder, `portreeve-${version}.msi`);
const [older, newer] = ['1.0.0', '1.1.0'] as const;
const nextFiles = path.join(folder, 'next');
/** Wine 8 has no driver store. */
const silent = ['DRIVERROUTE=service'];
const buildKey = 'HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion';
const rules = path.join(dataFolder, 'rules.db');

let before: Snapshot;
let program: Guest;
let client: Guest;
let installed: State;

export async function setUp(): Promise<void> {
  await buildParts();
  await packFolder();
  makeNext();
  const binaries = await buildBinaries();
  for (const [version, files] of [
    [older, unpacked],
    [newer, nextFiles],
  ] as const) {
    const output = packageOf(version);
    // oxlint-disable-next-line no-await-in-loop -- both write beside their package
    await buildWithWixl({ files, version, output, binaries });
    // oxlint-disable-next-line no-await-in-loop
    await addFailures(output);
  }
  const lab = path.join(folder, 'lab');
  must(await buildImage(labImage(), 'mingw', lab));
  await makeMachine(path.join(lab, 'fwpkclnt.sys'));
  await bundleGuest(path.join(wine.folder, 'guest'), await windowsKoffi());
  await warmUp();
  before = takeSnapshot(wine);
  program = await startMachine();
}

/** Windows Installer makes a folder of its own at its first run, also when that is refused; drivers find their devices. */
async function warmUp(): Promise<void> {
  program = await startMachine();
  await badProperty();
  await program.end();
  await wine.stop();
}

/** The next version: another driver, a file more, and one less. */
function makeNext(): void {
  rmSync(nextFiles, { recursive: true, force: true });
  cpSync(unpacked, nextFiles, { recursive: true });
  appendFileSync(path.join(nextFiles, 'resources/driver/portreeve.sys'), 'the next version');
  writeFileSync(path.join(nextFiles, 'resources/new.txt'), 'of the next version\n');
  rmSync(path.join(nextFiles, 'LICENSE.electron.txt'));
}

export const cases: readonly Case[] = [
  ['a Windows that is too old is refused', tooOld],
  ['a property with another value is refused', badProperty],
  ...failures
    .filter(({ id }) => !id.includes('Remove'))
    .map(({ id }): Case => [
      `an installation that fails after ${id} is undone`,
      () => failedNew(id),
    ]),
  ['nothing is left of them', () => audit([])],
  ['a silent installation does what its properties say', install],
  ['a connection is held and answered', held],
  ['repair', repair],
  ...['PrTask', 'PrDriver'].map((id): Case => [
    `an upgrade that fails after ${id} brings back what was there`,
    () => failedUpgrade(id),
  ]),
  ['an upgrade leaves the running driver, its holds and the rules alone', upgrade],
  ['a downgrade is refused', downgrade],
  ['reset without the app, and restore', resetAndRestore],
  ...failures
    .filter(({ id }) => id.includes('Remove') || id === 'PrAppStop')
    .map(({ id }): Case => [`a removal that fails after ${id} is undone`, () => failedRemoval(id)]),
  ['a removal keeps the rules', removal],
  ['nothing but the rules is left', () => audit([/^ProgramData\/Portreeve/])],
  ['installed again, to be started after a restart', installedAgain],
  ['a removal that is told to takes the rules too', removalWithRules],
  ['nothing is left', () => audit([])],
];

async function refused(...args: readonly string[]): Promise<undefined> {
  const state = await look();
  assert.notEqual(await msiexec(...args), 0);
  assert.deepEqual(await look(), state);
}

async function tooOld(): Promise<undefined> {
  const value = ['/v', 'CurrentBuildNumber', '/f', '/reg:64'];
  const { output } = await wine.run('reg', 'query', buildKey, ...value.slice(0, 2), '/reg:64');
  const build = /REG_SZ\s+(\d+)/.exec(output)?.[1] ?? '';
  await wine.must('reg', 'add', buildKey, ...value, '/d', '17134');
  await refused('/i', windowsPath(packageOf(older)), ...silent);
  await wine.must('reg', 'add', buildKey, ...value, '/d', build);
  assert.deepEqual(await look(), nothing);
}

async function badProperty(): Promise<undefined> {
  await refused('/i', windowsPath(packageOf(older)), ...silent, 'MODE=everything');
}

async function failedNew(id: string): Promise<undefined> {
  const properties = ['MODE=learn', `FAILAT=${id}`];
  await refused('/i', windowsPath(packageOf(older)), ...silent, ...properties);
  assert.deepEqual(await look(), nothing);
}

/**
 * Starts Windows again, since a file that was in use goes with that, ends it, and looks at everything. `expected`: what may
 * differ.
 */
async function audit(expected: readonly RegExp[]): Promise<undefined> {
  await program.end();
  await wine.stop();
  program = await startMachine();
  await program.end();
  await wine.stop();
  const found = differences(before, takeSnapshot(wine));
  assert.deepEqual(
    found.filter((line) => !expected.some((pattern) => pattern.test(line))),
    [],
  );
  for (const pattern of expected)
    assert.ok(
      found.some((line) => pattern.test(line)),
      String(pattern),
    );
  program = await startMachine();
}

async function install(): Promise<string> {
  const properties = ['MODE=learn', 'NOCLIENTPOLICY=allow'];
  assert.equal(await msiexec('/i', windowsPath(packageOf(older)), ...silent, ...properties), 0);
  installed = await look();
  const { service, images, settings, eventSource, versions, undo } = installed;
  assert.equal(installed.driver, 'RUNNING');
  asTheInfSays(service ?? {});
  assert.deepEqual(images, {
    'portreeve.sys': hashOf(path.join(unpacked, 'resources/driver/portreeve.sys')),
  });
  asWeDescribeIt(installed.task ?? '');
  assert.deepEqual(installed.data, {});
  assert.deepEqual(installed.app, hashes(unpacked));
  assert.deepEqual(settings, { Mode: 'learn', NoClientPolicy: 'allow' });
  assert.deepEqual(eventSource, {
    EventMessageFile: '%SystemRoot%\\System32\\EventCreate.exe',
    TypesSupported: '0x7',
  });
  assert.deepEqual([versions, undo], [[older], false]);
  await staysOverARestart(`HKLM\\${product.settingsKey}`);
  // Wine makes even those of all users for the one that it has.
  const links = readdirSync(path.join(wine.drive, 'users'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.lnk'))
    .map((name) => path.basename(name));
  assert.deepEqual(links.toSorted(), ['Portreeve - emergency off.lnk', 'Portreeve.lnk']);
  return `${Object.keys(installed.app ?? {}).length} files`;
}

/** Wine keeps only a part of a task: what it has is what it was told. */
function asWeDescribeIt(task: string): void {
  const told = logonTaskXml('C:\\Program Files\\Portreeve\\Portreeve.exe');
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

async function held(): Promise<undefined> {
  client = await startGuest('client', wine);
  await client.call('start', { holdMs: 600_000, always: null });
  assert.equal((await client.next()).event, 'connected');
  const { answer, id } = await hold(1);
  assert.equal(await client.call('answer', { id, verdict: 'allow' }), 1);
  assert.equal(await answer, 'permitted');
  assert.equal((await client.next()).event, 'settled');
  writeFileSync(rules, 'rules of the user');
  installed = await look();
  assert.deepEqual(Object.keys(installed.data ?? {}), ['rules.db']);
}

async function hold(endpoint: number) {
  const answer = program.call('connect', { endpoint, port: 443 }, 600_000);
  answer.catch(() => undefined);
  const event = await client.next();
  assert.equal(event.event, 'held');
  return { answer, id: event.detail?.id };
}

/** Wine's Windows Installer repairs nothing; what a repair would run of ours changes nothing where all is well. */
async function repair(): Promise<string> {
  const code = await msiexec('/fa', windowsPath(packageOf(older)));
  const app = 'C:\\Program Files\\Portreeve\\Portreeve.exe';
  const driver = 'C:\\Program Files\\Portreeve\\resources\\driver';
  rmSync(path.join(wine.drive, 'windows/system32/tasks/Portreeve'), { recursive: true });
  for (const verb of [
    ['forget'],
    ['folder'],
    ['task', app],
    ['driver', driver, 'service'],
    ['start'],
    ['commit'],
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { code: result, output } = await setup(verb);
    assert.equal(result, 0, `${verb.join(' ')}: ${output}`);
  }
  const { images, ...rest } = await look();
  const { images: wanted, ...before_ } = installed;
  assert.deepEqual(rest, before_);
  assert.equal(images['portreeve.sys'], wanted['portreeve.sys']);
  return `Wine's own repair: exit code ${code}`;
}

async function installNewer(...properties: readonly string[]): Promise<number> {
  const key = `HKLM\\${upgradingKey}`;
  await wine.must('reg', 'add', key, '/v', 'Upgrading', '/d', '{new}', '/f', '/reg:64');
  const code = await msiexec('/i', windowsPath(packageOf(newer)), ...silent, ...properties);
  await wine.must('reg', 'delete', key, '/f', '/reg:64');
  return code;
}

/**
 * Driver, task, rules and settings come back by our undoing. Files and product come back by Windows Installer's, of which Wine
 * has none for the removal within an upgrade: the control, in which nothing is ours, shows that.
 */
async function failedUpgrade(id: string): Promise<string> {
  const state = await look();
  assert.notEqual(await installNewer(`FAILAT=${id}`), 0);
  const after = await look();
  if (await failedUpgradeBringsBack()) {
    assert.deepEqual(after, state);
    return 'all of it';
  }
  const { app, versions, eventSource } = after;
  assert.deepEqual([app, versions, eventSource], [null, [], null]);
  assert.deepEqual(after, { ...state, app, versions, eventSource });
  assert.equal(client.hasNews(), false, 'the client lost its session');
  assert.equal(await msiexec('/i', windowsPath(packageOf(older)), ...silent), 0);
  assert.deepEqual(await look(), state);
  return "what is ours; Wine doesn't bring back the rest, of a package without actions neither";
}

/** The running driver goes on; the new one is in its place for the next start. */
async function upgrade(): Promise<string> {
  const state = await look();
  const { answer, id } = await hold(2);
  assert.equal(await installNewer(), 0);
  const after = await look();
  const { 'portreeve.sys': image, ...others } = after.images;
  assert.equal(image, hashOf(path.join(nextFiles, 'resources/driver/portreeve.sys')));
  assert.deepEqual(after.app, hashes(nextFiles));
  assert.deepEqual(after.versions, [newer]);
  const { images, app, versions } = after;
  assert.deepEqual(after, { ...state, images, app, versions });
  assert.equal(await client.call('answer', { id, verdict: 'allow' }), 1);
  assert.equal(await answer, 'permitted');
  assert.equal((await client.next()).event, 'settled');
  return `beside the new image: ${Object.keys(others).join(', ') || 'nothing'}`;
}

async function downgrade(): Promise<undefined> {
  await refused('/i', windowsPath(packageOf(older)), ...silent);
}

/** With a connection on hold that nobody answers, and without the app's program. */
async function resetAndRestore(): Promise<string> {
  const state = await look();
  rmSync(path.join(appFolder, 'Portreeve.exe'));
  const { answer } = await hold(3);
  const { output } = await setup(['reset']);
  assert.notEqual(await answer, 'permitted');
  const off = await look();
  assert.deepEqual([off.driver, off.service?.['Start']], ['STOPPED', '0x3']);
  assert.deepEqual([off.data, off.settings], [state.data, state.settings]);
  assert.equal(await program.call('connect', { endpoint: 4, port: 443 }), 'permitted');
  await client.call('stop');
  await setup(['restore']);
  cpSync(path.join(nextFiles, 'Portreeve.exe'), path.join(appFolder, 'Portreeve.exe'));
  // Wine forgets dependencies when only the kind of start is changed.
  const on = await look();
  const service = { ...on.service, DependOnService: state.service?.['DependOnService'] ?? '' };
  assert.deepEqual({ ...on, service }, state);
  return output.replaceAll(/\s*\n\s*/g, '; ');
}

/**
 * Wine takes the product out of its list at once, and does not put it back: it is installed again. A service that is made anew
 * has not the group without which Wine can't start it.
 */
async function failedRemoval(id: string): Promise<undefined> {
  const state = await look();
  assert.notEqual(await msiexec('/x', windowsPath(packageOf(newer)), `FAILAT=${id}`), 0);
  const after = await look();
  const { app, versions, eventSource, driver } = after;
  const service = after.service === null ? null : { ...after.service, Group: 'Portreeve' };
  assert.deepEqual({ ...after, service }, { ...state, app, versions, eventSource, driver });
  assert.equal(await msiexec('/i', windowsPath(packageOf(newer)), ...silent), 0);
  assert.deepEqual(await look(), state);
}

async function removal(): Promise<undefined> {
  await client.end();
  assert.equal(await msiexec('/x', windowsPath(packageOf(newer))), 0);
  const state = await look();
  assert.deepEqual(state, { ...nothing, data: state.data });
  assert.equal(readFileSync(rules, 'utf8'), 'rules of the user');
}

async function installedAgain(): Promise<undefined> {
  assert.equal(await msiexec('/i', windowsPath(packageOf(newer)), ...silent, 'START=restart'), 0);
  const { driver, versions, settings } = await look();
  assert.deepEqual([driver, versions, settings], ['STOPPED', [newer], null]);
  assert.equal(readFileSync(rules, 'utf8'), 'rules of the user');
  mkdirSync(path.join(dataFolder, 'backups'), { recursive: true });
}

async function removalWithRules(): Promise<undefined> {
  assert.equal(await msiexec('/x', windowsPath(packageOf(newer)), 'REMOVERULES=1'), 0);
  assert.deepEqual(await look(), nothing);
}
