/** Rules until sign-out while Portreeve is a service: a real one, with real lines; only who is signed in is the test's. */
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type Place,
  type RuleLifetime,
  writtenPlace,
} from '../../../src-preload/contract/rules.ts';
import type { App } from '../../../src-main/app.ts';
import { ownVersion } from '../../../src-main/own-version.ts';
import { systemClock } from '../../../src-main/platform/clock.ts';
import type { AgentsPort, UserSession } from '../../../src-main/service/agents-port.ts';
import { newSocket } from '../../../src-main/service/agents-linux.ts';
import { joinAsAdministrator } from '../../../src-main/service/join.ts';
import { type Service, runService } from '../../../src-main/service/run-service.ts';
import { SignIns } from '../../../src-main/service/sign-ins.ts';
import { noUpkeep } from '../../../src-main/upkeep/handlers.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

let folder: string;
let signedIn: UserSession[];
let watchers: Set<() => void>;
let service: Service | null;
let app: App | null;

const person = (signIn: string, isAdministrator = true): UserSession => ({
  sessionId: 1,
  account: `account of ${signIn}`,
  name: signIn,
  isAdministrator,
  signIn,
});

const port: AgentsPort = {
  sessions: () => signedIn,
  onChange(changed) {
    watchers.add(changed);
    return () => void watchers.delete(changed);
  },
  start: () => null,
  folderFor: () => null,
};

function change(...now: UserSession[]): void {
  signedIn = now;
  for (const tell of watchers) tell();
}

beforeEach(() => {
  folder = temporaryFolder();
  process.env['PORTREEVE_RUN'] = path.join(folder, 'run');
  [signedIn, watchers, service, app] = [[person('ann')], new Set(), null, null];
});
afterEach(async () => {
  await end();
  delete process.env['PORTREEVE_RUN'];
});

async function begin(): Promise<void> {
  const stateFolder = path.join(folder, 'state');
  const around = { stateFolder, version: ownVersion(), clock: systemClock };
  const started = await runService({
    ...around,
    labSocket: path.join(folder, 'no-lab.sock'),
    upkeep: noUpkeep,
    log: { warn: () => {} },
    agents: port,
    newAddress: newSocket,
    patienceMs: 0,
  });
  if (!started.ok) throw new Error(started.message);
  ({ service } = started);
  const joined = await joinAsAdministrator({ ...around, windows: {} as never });
  if (!joined.ok) throw new Error(joined.message);
  ({ app } = joined);
}

async function end(): Promise<void> {
  await app?.stop();
  await service?.stop();
  [app, service] = [null, null];
}

async function addRule(place: string, lifetime: RuleLifetime): Promise<string> {
  const terms = { ports: '', protocol: null, direction: 'outbound', network: null, minutes: null };
  const rule = { subject: { kind: 'anything' }, withChildren: false, verdict: 'allow', note: '' };
  const made = await app?.router.call('manager', 'addRule', { ...rule, ...terms, place, lifetime });
  if (made?.ok !== true) throw new Error(JSON.stringify(made));
  return (made.value as { readonly ruleId: string }).ruleId;
}

async function places(): Promise<string[]> {
  const listed = await app?.router.call('manager', 'listRules', { text: '', offset: 0, limit: 9 });
  if (listed?.ok !== true) throw new Error(JSON.stringify(listed));
  const { rules } = listed.value as { readonly rules: { readonly place: Place }[] };
  return rules.map(({ place }) => writtenPlace(place)).toSorted();
}

test('end with the first administrator who signs out, and nothing brings them back', async () => {
  await begin();
  await addRule('192.0.2.1', 'always');
  await addRule('192.0.2.2', 'until-sign-out');
  const removed = await addRule('192.0.2.3', 'until-sign-out');
  const undone = await app?.router.call('manager', 'removeRules', { ruleIds: [removed] });
  if (undone?.ok !== true) throw new Error(JSON.stringify(undone));
  // Others come, and a standard user comes and goes.
  change(person('ann'), person('ben'), person('kim', false));
  change(person('ann'), person('ben'));
  expect(await places()).toEqual(['192.0.2.1', '192.0.2.2']);
  change(person('ben'));
  expect(await places()).toEqual(['192.0.2.1']);
  const { undoId } = undone.value as { readonly undoId: string };
  expect(await app?.router.call('manager', 'restoreRules', { undoId })).toMatchObject({
    ok: false,
  });
  // Those of the next one hold for as long as they are there.
  await addRule('192.0.2.4', 'until-sign-out');
  expect(await places()).toEqual(['192.0.2.1', '192.0.2.4']);
});

test('outlast the service, and not a sign-out that it has not seen', async () => {
  await begin();
  await addRule('192.0.2.1', 'until-sign-out');
  await end();
  await begin();
  expect(await places()).toEqual(['192.0.2.1']);
  await end();
  // The same person again is another sign-in.
  signedIn = [person('ann again')];
  await begin();
  expect(await places()).toEqual([]);
});

test('are watched once, for as long as the service runs', async () => {
  await begin();
  expect(watchers.size).toBe(1);
  await end();
  expect(watchers.size).toBe(0);
  const signIns = new SignIns(port);
  let [ends, changes] = [0, 0];
  const stopEnds = signIns.onEnd(() => (ends += 1));
  const stopChanges = signIns.port.onChange(() => (changes += 1));
  change(person('ann'), person('ben'));
  change(person('ben'));
  expect([ends, changes, signIns.id()]).toEqual([1, 2, 'ben']);
  stopEnds();
  stopChanges();
  change();
  expect([ends, changes, signIns.id()]).toEqual([1, 2, '']);
  signIns.stop();
  expect(watchers.size).toBe(0);
});
