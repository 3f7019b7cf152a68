/** Who is asking, by Windows' own functions as Wine has them: the identity port as it ships, in Windows' Node. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { RunningService } from '../../src-main/platform/windows/services.ts';
import { type Guest, startGuest } from './guest.ts';
import { folder, makePrograms, placeProgram, rootCertificate } from './identity-programs.ts';
import { wine } from './prefix.ts';
import { windowsNode, windowsPath } from './wine.ts';

type Case = readonly [name: string, run: () => Promise<string | undefined>];

interface Started {
  readonly id: string;
  readonly created: string;
  readonly path: string;
}

interface Named {
  readonly kind: string;
  readonly key: string;
  readonly name: string;
  readonly path: string;
}

interface Found {
  readonly subject: Named;
  readonly subjects: readonly Named[];
  readonly ancestors: readonly { readonly subjects: readonly Named[] }[];
  readonly complete: boolean;
}

const ROOT = 'Portreeve test root';
const CALL_MS = 180_000;
/** Longer than MAX_PATH. */
const longFolders = Array.from({ length: 6 }, (_, index) => `${index}-${'long'.repeat(12)}`);

let guest: Guest;

async function call<T>(name: string, input: unknown = null): Promise<T> {
  return (await guest.call(name, input, CALL_MS)) as T;
}

/** Starts a program, asks about it, and ends it. */
async function ask(program: string, wanted: readonly string[] = []): Promise<Found> {
  const started = await call<Started>('startProgram', { path: program, args: [] });
  const found = await call<Found>('caller', { process: started, wanted });
  await call('endProgram', started.id);
  return found;
}

async function begin(): Promise<undefined> {
  await makePrograms();
  guest = await startGuest('identity');
  await call('distrustRoot', { name: ROOT, where: 'machine' });
}

async function untrusted(): Promise<undefined> {
  const program = placeProgram('signed-1.exe', 'untrusted', 'harbour.exe');
  assert.equal((await ask(program)).subject.kind, 'path');
  // Any program of the user may ask him to trust one.
  await call('trustRoot', { certificate: rootCertificate(), where: 'user' });
  assert.equal((await ask(program)).subject.kind, 'path');
  await call('distrustRoot', { name: ROOT, where: 'user' });
  await call('trustRoot', { certificate: rootCertificate(), where: 'machine' });
}

async function updated(): Promise<string> {
  const before = await ask(placeProgram('signed-1.exe', 'app-1.0.0', 'harbour.exe'));
  const after = await ask(placeProgram('signed-2.exe', 'elsewhere', 'renamed.exe'));
  assert.equal(before.subject.kind, 'signer');
  assert.equal(after.subject.key, before.subject.key);
  assert.deepEqual(
    before.subjects.map(({ kind }) => kind),
    ['signer', 'path-pattern', 'path'],
  );
  assert.match(before.subject.path, /^Z:\\.*\\app-1\.0\.0\\harbour\.exe$/i);
  return before.subject.key;
}

async function others(): Promise<undefined> {
  const { subject } = await ask(placeProgram('signed-1.exe', 'a', 'harbour.exe'));
  const other = await ask(placeProgram('signed-by-other.exe', 'b', 'harbour.exe'));
  assert.equal(other.subject.kind, 'signer');
  assert.notEqual(other.subject.key, subject.key);
  for (const name of ['unsigned.exe', 'tampered.exe']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const found = await ask(placeProgram(name, `of-${name}`, 'harbour.exe'));
    assert.deepEqual([name, found.subject.kind], [name, 'path']);
  }
}

/** In the same place, with the same size and time: nothing of the file before may be remembered. */
async function replaced(): Promise<undefined> {
  const program = placeProgram('signed-1.exe', 'replaced', 'harbour.exe');
  assert.equal((await ask(program)).subject.kind, 'signer');
  placeProgram('tampered.exe', 'replaced', 'harbour.exe');
  assert.equal((await ask(program)).subject.kind, 'path');
}

async function hashed(): Promise<undefined> {
  const found = await ask(placeProgram('unsigned.exe', 'hashed', 'harbour.exe'), ['hash']);
  const bytes = readFileSync(path.join(folder, 'unsigned.exe'));
  const expected = createHash('sha256').update(bytes).digest('hex');
  assert.equal(found.subjects.find(({ kind }) => kind === 'hash')?.key, expected);
  assert.equal(found.complete, true);
}

/** Wine's CreateProcess takes no path as long as that; its file functions do. */
async function long(): Promise<undefined> {
  const file = placeProgram('signed-1.exe', ...longFolders, 'harbour.exe');
  assert.ok(file.length > 260);
  assert.equal(await call('fileExists', file), true);
  assert.equal(await call('fileExists', file.replace('harbour', 'nothing')), false);
  assert.equal(await call('fileExists', String.raw`\\server\share\x.exe`), null);
}

async function letters(): Promise<undefined> {
  const written = await call<Named>('subjectOf', placeProgram('unsigned.exe', 'x', 'Harbour.exe'));
  const { subjects } = await ask(placeProgram('unsigned.exe', 'x', 'Harbour.exe'));
  assert.equal(written.key, subjects.find(({ kind }) => kind === 'path')?.key);
  assert.match(written.key, /^\\device\\harddiskvolume\d+\\/);
}

async function script(): Promise<undefined> {
  writeFileSync(path.join(folder, 'Backup.js'), 'setTimeout(() => 0, 600000);\n');
  const program = windowsPath(await windowsNode());
  const given = { path: program, args: ['Backup.js'], folder: windowsPath(folder) };
  const started = await call<Started>('startProgram', given);
  const found = await call<Found>('caller', { process: started, wanted: ['ancestors'] });
  const facts = await call<Record<string, unknown>>('facts', started);
  const isAlive = await call('isAlive', started);
  await call('endProgram', started.id);
  const { kind, key, name } = found.subject;
  assert.deepEqual([kind, name], ['interpreter-script', 'Backup.js']);
  assert.ok(key.endsWith(`\0${windowsPath(folder).toLowerCase()}\\backup.js`), key);
  assert.match(found.ancestors[0]?.subjects.at(-1)?.key ?? '', /\\node\.exe$/);
  assert.match(String(facts['commandLine']), /Backup\.js/);
  assert.equal(facts['startedBy'], 'node.exe');
  assert.equal(typeof facts['user'], 'string');
  assert.equal(facts['integrity'], 'high');
  assert.deepEqual([isAlive, await call('isAlive', started)], [true, false]);
}

/** An id alone is used again. */
async function anotherProcess(): Promise<undefined> {
  const own = await call<Started>('describe', guest.processId);
  const other = { ...own, created: String(BigInt(own.created) + 1n) };
  assert.equal(await call('isAlive', own), true);
  assert.equal(await call('isAlive', other), false);
  const nothing = { commandLine: null, startedBy: null, user: null };
  assert.deepEqual(await call('facts', other), nothing);
  const found = await call<Found>('caller', { process: other, wanted: ['hash'] });
  assert.deepEqual([found.subjects.at(-1)?.kind, found.complete], ['path', false]);
  assert.ok(found.subjects.every(({ kind }) => kind === 'path' || kind === 'path-pattern'));
}

async function service(): Promise<string> {
  await wine.run('sc', 'start', 'plugplay');
  const running = await call<RunningService[]>('runningServices');
  const sharing = Map.groupBy(running, ({ processId }) => processId);
  const alone = [...sharing.values()].find((services) => services.length === 1)?.[0];
  assert.ok(alone !== undefined, JSON.stringify(running));
  const started = await call<Started>('describe', alone.processId);
  const found = await call<Found>('caller', { process: started });
  const { kind, key, name } = found.subject;
  assert.deepEqual([kind, key, name], ['service', alone.name.toLowerCase(), alone.name]);
  await together([...sharing.values()].find((services) => services.length > 1));
  return `${alone.name} in ${started.path}`;
}

/** Those that share a process, where there are any: none of them is what is asked about, all are told. */
async function together(services: readonly RunningService[] | undefined): Promise<void> {
  if (services === undefined) return;
  const started = await call<Started>('describe', services[0]?.processId);
  const found = await call<Found>('caller', { process: started });
  assert.notEqual(found.subject.kind, 'service');
  const { services: told } = await call<{ services: string[] }>('facts', started);
  assert.deepEqual(told.toSorted(), services.map(({ name }) => name).toSorted());
}

/** Wine takes every network for a public one; Windows has one for each. */
async function networks(): Promise<undefined> {
  const network = await call<{ profile: string; id: string }>('networkOf', '127.0.0.1');
  assert.equal(network.profile, 'public');
  assert.match(network.id, /^\{[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\}$/);
  assert.equal(await call('networkOf', '203.0.113.250'), null);
}

/** Wine has no cache: nothing is known, and nothing breaks. */
async function names(): Promise<undefined> {
  assert.equal(await call('namesOf', '192.0.2.7'), null);
}

async function sessions(): Promise<undefined> {
  const [boot, signIn] = await call<string[]>('sessions');
  assert.deepEqual(await call('sessions'), [boot, signIn]);
  assert.ok(signIn?.startsWith(`${boot} `));
}

async function end(): Promise<undefined> {
  await call('distrustRoot', { name: ROOT, where: 'machine' });
  await guest.end();
}

export const identityCases: readonly Case[] = [
  ['identity: programs are made', begin],
  ['identity: a root that the machine does not trust proves nothing', untrusted],
  ['identity: a signed program is the same after its update', updated],
  ['identity: another signer, no signature and a broken one are others', others],
  ['identity: a file that took the place of another is looked at anew', replaced],
  ['identity: a hash is that of the file', hashed],
  ['identity: long paths, missing files and other computers', long],
  ['identity: a path with a letter is the one that the driver tells', letters],
  ['identity: a script, its parent, and what is told of it', script],
  ['identity: another process with the same id is not asked about', anotherProcess],
  ['identity: a service', service],
  ['identity: the network of an address', networks],
  ['identity: names', names],
  ['identity: sessions', sessions],
  ['identity: the end', end],
];
