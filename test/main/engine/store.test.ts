import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { AwayRecord } from '../../../src-main/engine/away/away-record.ts';
import { openStore } from '../../../src-main/engine/store/store.ts';
import { storeAt } from '../fakes/engine-bench.ts';
import { draft } from '../fakes/rule-drafts.ts';
import { sample } from '../fakes/sample.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const KILLS = 60;

function newFile(): string {
  return path.join(temporaryFolder(), 'portreeve.db');
}

describe('the store', () => {
  test('gives rules back as they were, whatever their paths', () => {
    const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
    const textOf = (max: number, maxLength: number) =>
      fc
        .array(fc.integer({ min: 1, max }), { minLength: 1, maxLength })
        .map((units) => String.fromCharCode(...units));
    // Read with one byte a letter, with two, and too long for the first.
    const text = fc.oneof(textOf(0xff, 40), textOf(0xffff, 40), textOf(0xff, 1500));
    const file = newFile();
    const store = storeAt(file);
    const process = fc.record({ id: u64, created: u64 });
    fc.assert(
      fc.property(
        text,
        fc.uniqueArray(process, { selector: ({ id }) => id }),
        (longPath, processes) => {
          const given = draft({
            path: longPath,
            lifetime: 'while-it-runs',
            bootId: 'b',
            processes,
          });
          const added = store.addRule(given, []);
          const loaded = store.loadRules();
          if (!added.ok || !loaded.ok) throw new Error('the store failed');
          const found = loaded.value.find(({ ruleId }) => ruleId === added.value.ruleId);
          expect(sorted(found)).toEqual(sorted(added.value));
        },
      ),
      { numRuns: 60 },
    );
    store.close();
  });

  test('gives what several rules have in common once', () => {
    const store = storeAt(newFile());
    const terms = { path: '/a', place: { kind: 'loopback' }, ports: [range(53)] } as const;
    expect(store.addRules([draft(terms), draft(terms), draft({ path: '/b' })], []).ok).toBe(true);
    const loaded = store.loadRules();
    const [one, other, third] = loaded.ok ? loaded.value : [];
    for (const name of ['subject', 'place', 'ports', 'processes'] as const) {
      expect(one?.[name]).toBe(other?.[name]);
    }
    expect(third?.subject).toEqual(draft({ path: '/b' }).subject);
    store.close();
  });

  test('gives every term of a rule back', () => {
    const store = storeAt(newFile());
    const subject = { kind: 'path-pattern', key: '/a/{version}/b', name: 'b', path: '' } as const;
    const terms = {
      subject,
      withChildren: true,
      protocol: 17,
      note: 'Asked by \u{1f600}',
    } as const;
    const given = [
      draft({ ...terms, place: { kind: 'range', first: '10.0.0.0', last: '10.0.0.9' } }),
      draft({ ...terms, place: { kind: 'host', name: 'a.example' }, verdict: 'drop' }),
      draft({ ...terms, place: { kind: 'domain', name: 'example' }, direction: 'both' }),
      draft({ place: { kind: 'lan' }, network: { kind: 'profile', profile: 'public' } }),
      draft({ place: { kind: 'loopback' }, network: { kind: 'network', id: '{1-2}' } }),
      draft({ ports: [range(53), { first: 8000, last: 8080 }], protocol: 6 }),
      draft({ lifetime: 'minutes', until: 1_900_000_900_000 }),
      draft({ lifetime: 'until-sign-out', signInId: 's', asked: sample().target }),
      draft({ origin: 'factory', factoryId: 'dhcp' }),
      draft({ origin: 'learned', needsReview: true, asked: sample({ hostName: 'x.y' }).target }),
    ];
    const added = given.map((one) => value(store.addRule(one, [])));
    expect(added).toMatchObject(given);
    expect(value(store.loadRules())).toEqual(added);
    store.close();
  });

  test('replaces, removes and restores with the same id, across a reopening', () => {
    const file = newFile();
    const store = storeAt(file);
    const one = value(store.addRule(draft(), []));
    const two = value(store.addRule(draft({ verdict: 'block' }), [one.ruleId]));
    value(store.exchangeRules([two.ruleId], [{ ...one, hits: 7, enabled: false }]));
    value(store.setEnabled(one.ruleId, true));
    store.close();
    const again = storeAt(file);
    expect(value(again.loadRules())).toEqual([{ ...one, hits: 7 }]);
    expect(value(again.addRule(draft({ path: '/x' }), [])).ruleId).toBe(3);
    again.close();
  });

  test('is readable by its owner only', () => {
    const file = newFile();
    storeAt(file).close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('has tables for every kind of subject', () => {
    const store = storeAt(newFile());
    for (const kind of [
      'path-pattern',
      'signer',
      'service',
      'package',
      'interpreter-script',
      'hash',
      'anything',
    ] as const) {
      const subject = { kind, key: `key of ${kind}`, name: kind, path: '' };
      expect(value(store.addRule(draft({ subject }), [])).subject).toEqual(subject);
    }
    expect(value(store.loadRules())).toHaveLength(7);
    store.close();
  });

  test('keeps the away list and its counter', () => {
    const file = newFile();
    const store = storeAt(file);
    value(store.saveAway([away(1), away(2)], [], 4));
    value(store.saveAway([{ ...away(2), count: 9, lastAt: 99 }], [1], 5));
    store.close();
    const again = storeAt(file);
    expect(value(again.loadAway())).toEqual({
      records: [{ ...away(2), count: 9, lastAt: 99 }],
      lost: 5,
    });
    again.close();
  });

  test('loses no acknowledged rule to a kill at any moment', async () => {
    const file = newFile();
    const kept = new Set<number>();
    const removed = new Set<number>();
    const unsure = new Set<number>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one life after the other
      for (const line of await writeUntilKilled(file, Math.random() * 40)) {
        const ruleId = Number(line.slice(1));
        if (line.startsWith('+')) kept.add(ruleId);
        if (line.startsWith('?')) unsure.add(ruleId);
        if (line.startsWith('-')) removed.add(ruleId);
      }
    }
    const store = storeAt(file);
    const found = new Set(value(store.loadRules()).map(({ ruleId }) => ruleId));
    store.close();
    expect(kept.size).toBeGreaterThan(KILLS);
    const missing = [...kept].filter((id) => !found.has(id) && !unsure.has(id));
    const undead = [...removed].filter((id) => found.has(id));
    expect({ missing, undead }).toEqual({ missing: [], undead: [] });
  }, 120_000);
});

describe('a file that is no good', () => {
  test('of another program is left alone', () => {
    const file = newFile();
    const other = new DatabaseSync(file);
    other.exec('CREATE TABLE theirs (x)');
    other.close();
    expectUntouched(file, 'foreign');
  });

  test('of a newer version is left alone', () => {
    const file = newFile();
    storeAt(file).close();
    const newer = new DatabaseSync(file);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    expectUntouched(file, 'newer');
  });

  test('that is no database is left alone', () => {
    const file = newFile();
    writeFileSync(file, 'these are not rules '.repeat(500));
    expectUntouched(file, 'corrupt');
  });

  test('that is damaged in the middle is left alone', () => {
    const file = newFile();
    const store = storeAt(file);
    for (let index = 0; index < 500; index += 1)
      store.addRule(draft({ path: `/opt/${index}` }), []);
    store.close();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4096 * 3, 4096 * 6);
    writeFileSync(file, bytes);
    expectUntouched(file, 'corrupt');
  });

  test('that cannot be there is said to be so', () => {
    const file = path.join(temporaryFolder(), 'missing', 'portreeve.db');
    expect(openStore(file)).toMatchObject({ ok: false, error: { code: 'not-writable' } });
    expect(existsSync(file)).toBe(false);
    const folder = newFile();
    mkdirSync(folder);
    expect(openStore(folder).ok).toBe(false);
  });

  test('on a full disk gives an error, and everything before it stays', () => {
    const file = newFile();
    const store = value(openStore(file, 80_000));
    value(store.addRule(draft(), []));
    const longPath = `/opt/${'x'.repeat(100_000)}`;
    expect(store.addRule(draft({ path: longPath }), [1])).toMatchObject({
      ok: false,
      error: { code: 'full' },
    });
    expect(value(store.loadRules())).toHaveLength(1);
    store.close();
    const again = storeAt(file);
    expect(value(again.loadRules())).toHaveLength(1);
    again.close();
  });

  test('that another program has locked gives an error', () => {
    const file = newFile();
    const store = storeAt(file);
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    expect(store.addRule(draft(), [])).toMatchObject({ ok: false, error: { code: 'busy' } });
    other.exec('ROLLBACK');
    other.close();
    expect(store.addRule(draft(), []).ok).toBe(true);
    store.close();
  }, 20_000);
});

/** Starts a writer, kills it this long after its first line, and gives what it had said by then. */
async function writeUntilKilled(file: string, ms: number): Promise<string[]> {
  const writer = path.join(import.meta.dirname, 'store-writer.ts');
  const child = spawn(process.execPath, [writer, file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (text) => {
    if (said === '') setTimeout(() => child.kill('SIGKILL'), ms);
    said += String(text);
  });
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint += String(text);
  });
  await new Promise((resolve) => {
    child.on('close', resolve);
  });
  if (said === '') throw new Error(complaint);
  return said.split('\n').slice(0, -1);
}

function expectUntouched(file: string, code: string): void {
  const before = readFileSync(file);
  const opened = openStore(file);
  expect(opened).toMatchObject({ ok: false, error: { code } });
  expect(readFileSync(file)).toEqual(before);
}

function value<T>(result: { ok: true; value: T } | { ok: false; error: { message: string } }): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function range(port: number) {
  return { first: port, last: port };
}

function sorted(rule: ReturnType<typeof draft> | undefined) {
  const processes = rule?.processes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return { ...rule, processes };
}

function away(awayId: number): AwayRecord {
  return {
    awayId,
    subject: draft().subject,
    canBeRemembered: true,
    target: sample().target,
    verdict: 'block',
    reason: 'client-lost',
    count: 1,
    firstAt: 1,
    lastAt: 2,
  };
}
