/** What an administrator sets by policy: honoured, shown, and nothing of it half. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';

import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';

import type { ManagedLock } from '../../../src-preload/contract/model.ts';
import { MANAGED_MS } from '../../../src-main/engine/limits.ts';
import { managedSchema, readManagedSettings } from '../../../src-main/engine/managed/settings.ts';
import { createManaged } from '../../../src-main/platform/managed.ts';
import { product } from '../../../src-main/product.ts';
import { fakeIdentity, startBench } from '../fakes/engine-bench.ts';
import type { Bench } from '../fakes/engine-bench.ts';
import { FakeKernel } from '../fakes/fake-kernel.ts';
import { draft } from '../fakes/rule-drafts.ts';
import { ruleInput } from '../fakes/rule-inputs.ts';
import { sample } from '../fakes/sample.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';
import { writeRules } from '../../../src-main/engine/exchange/format.ts';
import type { ManagedPort } from '../../../src-main/engine/ports.ts';
import type { RuleDraft } from '../../../src-main/engine/policy/rule.ts';

let folder = '';
let values: Record<string, unknown> = {};
let reads = 0;
let installed: Record<string, unknown> = {};

beforeEach(() => {
  folder = temporaryFolder();
  values = {};
  installed = {};
});

function port() {
  const machine = (key: string) => (key === product.policyKey ? values : installed);
  const made = createManaged({
    folder,
    keys: product,
    machine,
    file: null,
    log: { warn: () => undefined },
  });
  const readFile: ManagedPort['readFile'] = async (file) => {
    const read = await made.readFile(file);
    reads += 1;
    return read;
  };
  return { ...made, readFile };
}

function start(given: Parameters<typeof startBench>[1] = {}): Promise<Bench> {
  return startBench(path.join(folder, 'portreeve.db'), { managed: port(), ...given });
}

function rulesFile(text: string): void {
  values['RulesFile'] = path.join(folder, 'rules.json');
  writeFileSync(path.join(folder, 'rules.json'), text);
}

/** A file of rules as the product exports it. */
function textOf(...rules: (Partial<RuleDraft> & { readonly path?: string })[]): string {
  return writeRules(
    rules.map((given, index) => ({
      ...draft(given),
      ruleId: index + 1,
      editedAt: null,
      enabled: true,
      hits: 0,
      lastUsedAt: null,
    })),
  );
}

function listed({ engine }: Bench) {
  return engine.handlers.listRules({ text: '', offset: 0, limit: 500 }).then((page) => {
    if (!page.ok) throw new Error(page.message);
    return page.value.rules;
  });
}

/** Time for what was due to be read and applied. */
async function look({ clock }: Bench): Promise<void> {
  const before = reads;
  clock.pass(MANAGED_MS);
  if (values['RulesFile'] !== undefined) {
    await expect.poll(() => reads, { timeout: 120_000 }).toBeGreaterThan(before);
  }
  await setImmediate();
}

describe('the settings', () => {
  test('are none where nothing is set', async () => {
    const bench = await start();
    expect(bench.engine.managerState()).not.toHaveProperty('managed');
  });

  test('each counts by itself; a bad one sets nothing and is told, a bad lock locks', () => {
    const read = readManagedSettings({
      Mode: 'off',
      NoClientPolicy: 'allow',
      LockRules: 'yes',
      LockPauses: 0,
      RulesFile: 'rules.json',
      Unknown: 7,
    });
    expect(read).toMatchObject({ isManaged: true, mode: null, noClient: 'allow', rulesFile: null });
    expect([...read.locked]).toEqual(['rules']);
    expect(read.problems).toHaveLength(3);
    expect(read.problems.join(' ')).toContain('ask, learn, block, lockdown');
  });

  test('never throw, whatever is in the registry', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant('ask'));
    const name = fc.oneof(fc.constantFrom(...Object.keys(managedSchema)), fc.string());
    fc.assert(
      fc.property(fc.dictionary(name, value), (given) => {
        const { locked, mode } = readManagedSettings(given);
        expect(locked.has('mode') || mode === null).toBe(true);
      }),
    );
  });

  test('a path of the rules file is whole, also of a share', () => {
    const file = (text: string) => readManagedSettings({ RulesFile: text }).rulesFile;
    for (const good of ['C:\\a.json', '\\\\server\\share\\a.json', '/etc/a.json']) {
      expect(file(good)).toBe(good);
    }
    for (const bad of ['a.json', '..\\a.json', '\\\\?\\C:\\a', '\\\\.\\pipe\\a', 'C:a']) {
      expect(file(bad)).toBeNull();
    }
  });
});

describe('the mode', () => {
  test('is the policy’s, locked, and the user’s own comes back', async () => {
    const bench = await start();
    await bench.engine.handlers.setMode({ mode: 'learn', until: null });
    values['Mode'] = 'block';
    await look(bench);
    expect(bench.engine.managerState()).toMatchObject({
      mode: { mode: 'block', until: null },
      managed: { locked: ['mode'], problems: [] },
    });
    const [id = 0n] = bench.driver.hold(sample({ path: '/opt/unknown' }));
    expect(bench.driver.answered.get(id)).toBe('block');
    const refused = await bench.engine.handlers.setMode({ mode: 'ask', until: null });
    expect(refused).toMatchObject({ ok: false, code: 'managed' });
    delete values['Mode'];
    await look(bench);
    expect(bench.engine.managerState().mode.mode).toBe('learn');
  });

  test('answers what waits when it comes', async () => {
    const bench = await start();
    const [id = 0n] = bench.driver.hold(sample({ path: '/opt/unknown' }));
    expect(bench.driver.answered.has(id)).toBe(false);
    values['Mode'] = 'lockdown';
    await look(bench);
    await expect.poll(() => bench.driver.answered.get(id)).toBe('block');
  });

  test('of the installer is the first one, and only the first', async () => {
    installed['Mode'] = 'learn';
    const bench = await start();
    expect(bench.engine.managerState().mode.mode).toBe('learn');
    await bench.engine.handlers.setMode({ mode: 'ask', until: null });
    const again = await bench.restart();
    expect(again.engine.managerState().mode.mode).toBe('ask');
  });
});

describe('a lock', () => {
  const all: readonly [ManagedLock, string, (bench: Bench) => Promise<{ ok: boolean }>][] = [
    ['mode', 'setMode', (b) => b.engine.handlers.setMode({ mode: 'learn', until: null })],
    ['pauses', 'pause', (b) => b.engine.handlers.pause({ ruleId: null, minutes: 5 })],
    [
      'pauses',
      'pauseProgram',
      (b) => b.engine.handlers.pauseProgram({ subject: { kind: 'anything' }, minutes: 5 }),
    ],
    ['rules', 'addRule', (b) => b.engine.handlers.addRule(ruleInput({ place: '8.8.8.8' }))],
    ['rules', 'editRule', (b) => b.engine.handlers.editRule({ ruleId: '1', note: 'x' })],
    [
      'rules',
      'setRuleEnabled',
      (b) => b.engine.handlers.setRuleEnabled({ ruleId: '1', enabled: false }),
    ],
    ['rules', 'removeRules', (b) => b.engine.handlers.removeRules({ ruleIds: ['1'] })],
    ['rules', 'resetFactory', (b) => b.engine.handlers.resetFactory(null)],
    [
      'rules',
      'importRules',
      (b) => b.engine.handlers.importRules({ text: textOf({ path: '/x' }), dryRun: false }),
    ],
    [
      'blocklists',
      'addBlocklist',
      (b) => b.engine.handlers.addBlocklist({ name: 'a', source: '/nowhere' }),
    ],
  ];

  test.each(all)('on %s refuses %s with a sentence and changes nothing', async (lock, _, run) => {
    const bench = await start();
    await bench.engine.handlers.addRule(ruleInput());
    values[`Lock${lock[0]?.toUpperCase()}${lock.slice(1)}`] = 1;
    await look(bench);
    const before = JSON.stringify([bench.engine.managerState(), await listed(bench)]);
    const refused = await run(bench);
    expect(refused).toMatchObject({ ok: false, code: 'managed' });
    expect((refused as unknown as { message: string }).message).toMatch(/^Your organisation .*\.$/);
    expect(JSON.stringify([bench.engine.managerState(), await listed(bench)])).toBe(before);
  });

  test('on rules leaves answers for now; the page offers no others', async () => {
    values['LockRules'] = 1;
    const bench = await start();
    bench.driver.hold(sample());
    const [card] = bench.engine.promptState().cards;
    expect(card?.lifetimes).toEqual(['once', 'while-it-runs']);
    expect(card?.recommended.lifetime).toBe('while-it-runs');
    const { cardId, revision } = card ?? { cardId: '', revision: 0 };
    const answer = { cardId, revision, verdict: 'allow', scope: 'anything' } as const;
    const { handlers } = bench.engine;
    const lasting = await handlers.answerPrompt({ ...answer, lifetime: 'always' });
    expect(lasting).toMatchObject({ ok: false, code: 'managed' });
    expect(bench.driver.held.size).toBe(1);
    expect(await handlers.answerPrompt({ ...answer, lifetime: 'once' })).toMatchObject({
      ok: true,
    });
  });

  test('on pauses ends those that there are', async () => {
    const bench = await start();
    await bench.engine.handlers.pause({ ruleId: null, minutes: 60 });
    values['LockPauses'] = 1;
    await look(bench);
    expect(bench.engine.managerState().mode.pauses).toEqual([]);
  });
});

describe('the rules file', () => {
  test('is in force before the first connection is decided, and in the kernel', async () => {
    rulesFile(textOf({ path: '/usr/bin/curl', verdict: 'block' }, { path: '/usr/bin/wget' }));
    const kernel = new FakeKernel();
    const bench = await start({ kernel });
    const [first = 0n, second = 0n] = bench.driver.hold(
      sample(),
      sample({ path: '/usr/bin/wget', pid: 2 }),
    );
    expect([bench.driver.answered.get(first), bench.driver.answered.get(second)]).toEqual([
      'block',
      'allow',
    ]);
    expect((await listed(bench)).map(({ origin }) => origin)).toEqual(['managed', 'managed']);
    bench.clock.pass(1000);
    await expect.poll(() => kernel.policy?.subjects.length ?? 0).toBeGreaterThan(0);
    expect(kernel.decide(sample())).toBe('block');
  });

  test('that changes is taken whole, with its rules of before gone', async () => {
    rulesFile(textOf({ path: '/a' }, { path: '/b' }));
    const bench = await start();
    rulesFile(textOf({ path: '/b', verdict: 'block' }, { path: '/c' }));
    await look(bench);
    const rules = await listed(bench);
    expect(rules.map(({ subject, verdict }) => `${subject.path} ${verdict}`).toSorted()).toEqual([
      '/b block',
      '/c allow',
    ]);
  });

  test('with a fault changes nothing, says the line, and the rules before it outlive a restart', async () => {
    rulesFile(textOf({ path: '/a' }, { path: '/b' }));
    const bench = await start();
    const bad = textOf({ path: '/c' }, { path: '/d' }).replace('"both"', '"up"');
    const broken = bad.replace('"outbound"', '"sideways"');
    rulesFile(broken);
    await look(bench);
    const paths = async (of: Bench) => (await listed(of)).map(({ subject }) => subject.path);
    expect((await paths(bench)).toSorted()).toEqual(['/a', '/b']);
    const [problem = ''] = bench.engine.managerState().managed?.problems ?? [];
    expect(problem).toMatch(/rules file, line 5: .*direction/);
    const again = await bench.restart();
    expect((await paths(again)).toSorted()).toEqual(['/a', '/b']);
    expect(again.engine.managerState().managed?.problems.length).toBeGreaterThan(0);
    rmSync(path.join(folder, 'rules.json'));
    const third = await again.restart();
    expect((await paths(third)).toSorted()).toEqual(['/a', '/b']);
    expect(third.engine.managerState().managed?.problems.join()).toContain('it is not there');
  });

  test('of any bytes is refused or applied, and never throws', async () => {
    rulesFile(textOf({ path: '/a' }));
    const bench = await start();
    for (const text of ['', '{', '[]', 'null', '\0', '{"format":"portreeve-rules"}', '\u{feff}x']) {
      rulesFile(text);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await look(bench);
      // oxlint-disable-next-line no-await-in-loop
      expect((await listed(bench)).map(({ subject }) => subject.path)).toEqual(['/a']);
    }
    rmSync(path.join(folder, 'rules.json'));
    mkdirSync(path.join(folder, 'rules.json'));
    await look(bench);
    expect(bench.engine.managerState().managed?.problems.join()).toContain('it is no file');
  });

  test('goes with the policy, and the user’s own rule that it hid is there again', async () => {
    const bench = await start();
    await bench.engine.handlers.addRule(ruleInput({ note: 'mine' }));
    rulesFile(textOf({ path: '/usr/bin/curl', verdict: 'block' }));
    await look(bench);
    expect(await listed(bench)).toMatchObject([{ origin: 'managed', verdict: 'block' }]);
    const again = await bench.restart();
    expect(await listed(again)).toMatchObject([{ origin: 'managed', verdict: 'block' }]);
    delete values['RulesFile'];
    await look(again);
    expect(await listed(again)).toMatchObject([{ origin: 'person', note: 'mine' }]);
    const third = await again.restart();
    expect(await listed(third)).toMatchObject([{ origin: 'person', note: 'mine' }]);
  });

  test('has rules that nobody changes, removes or replaces here', async () => {
    rulesFile(textOf({ path: '/usr/bin/curl', verdict: 'block' }));
    const bench = await start();
    const [rule] = await listed(bench);
    const ruleId = rule?.ruleId ?? '';
    const { handlers } = bench.engine;
    const tries = [
      handlers.removeRules({ ruleIds: [ruleId] }),
      handlers.setRuleEnabled({ ruleId, enabled: false }),
      handlers.editRule({ ruleId, note: 'x' }),
      handlers.addRule(ruleInput()),
      handlers.importRules({ text: textOf({ path: '/usr/bin/curl' }), dryRun: false }),
    ];
    for (const result of await Promise.all(tries)) {
      expect(result).toMatchObject({ ok: false, code: 'managed' });
    }
    expect(await listed(bench)).toMatchObject([{ ruleId, verdict: 'block', enabled: true }]);
    // Others are the user's own business.
    expect(await handlers.addRule(ruleInput({ place: '8.8.8.8' }))).toMatchObject({ ok: true });
  });

  test('counts hits, and the store knows nothing of it', async () => {
    rulesFile(textOf({ path: '/usr/bin/curl' }));
    const bench = await start();
    bench.driver.hold(sample(), sample());
    bench.clock.pass(10_000);
    expect(await listed(bench)).toMatchObject([{ hits: 2 }]);
    expect(bench.warnings).toEqual([]);
    const loaded = bench.store.loadRules();
    expect(loaded.ok && loaded.value).toEqual([]);
    expect(readFileSync(path.join(folder, 'managed-rules.json'), 'utf8')).toBe(
      textOf({ path: '/usr/bin/curl' }),
    );
  });

  test('of three thousand rules is applied, with too many of one place none is', async () => {
    const many = Array.from({ length: 3000 }, (_, index) => ({ path: `/opt/${index}` }));
    rulesFile(textOf(...many));
    const bench = await start();
    expect(await bench.engine.handlers.listRules({ text: '', offset: 0, limit: 1 })).toMatchObject({
      value: { total: 3000 },
    });
    rulesFile(
      textOf(
        ...Array.from({ length: 300 }, (_, port) => ({ ports: [{ first: port, last: port }] })),
      ),
    );
    await look(bench);
    expect(bench.engine.managerState().managed?.problems.join()).toContain('too many');
    expect(await bench.engine.handlers.listRules({ text: '', offset: 0, limit: 1 })).toMatchObject({
      value: { total: 3000 },
    });
  });

  test('names programs as people do: the key is this computer’s own', async () => {
    const identity = fakeIdentity();
    const plain = identity.subjectOf.bind(identity);
    identity.subjectOf = (full) => ({ ...plain(full), key: `here:${full}` });
    rulesFile(textOf({ path: '/usr/bin/curl', verdict: 'block' }));
    const bench = await start({ identity });
    const [id = 0n] = bench.driver.hold(sample());
    expect(bench.driver.answered.get(id)).toBe('block');
  });
});
