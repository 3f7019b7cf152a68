/**
 * SIGKILL at each write that a store makes, from its first to its last, torn writes included: what was acknowledged is
 * there, and the file is sound. A real process, the real store, and a kill at a chosen system call instead of a chosen time.
 */
import { execFileSync, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect, test } from 'vitest';

import { Backups } from '../../../src-main/engine/store/backups.ts';
import { storeFile } from '../../../src-main/engine/store/kept.ts';
import { systemClock } from '../../../src-main/platform/clock.ts';
import { storeAt } from '../fakes/engine-bench.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const KILLS = 500;
/** Each chain is one store that lives through many kills. */
const CHAINS = Math.max(2, availableParallelism());

interface Life {
  readonly said: readonly string[];
  readonly killed: boolean;
  readonly complaint: string;
}

interface Death {
  readonly at: number;
  readonly torn: boolean;
}

function buildShim(): string {
  const shim = path.join(temporaryFolder(), 'die_at_write.so');
  const source = path.join(import.meta.dirname, 'programs/die_at_write.c');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', shim, source]);
  return shim;
}

/** One process that is killed at an operation; 0 for one that may end. */
async function live(shim: string, folder: string, { at, torn }: Death): Promise<Life> {
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      path.join(import.meta.dirname, 'store-life.ts'),
      folder,
      'kept',
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        // Half of a life is Node's start.
        NODE_COMPILE_CACHE: path.join(path.dirname(shim), 'compiled'),
        LD_PRELOAD: shim,
        DIE_IN: folder,
        DIE_AT: String(at),
        DIE_TORN: torn ? '1' : '0',
      },
    },
  );
  let said = '';
  let complaint = '';
  child.stdout.on('data', (text) => (said += String(text)));
  child.stderr.on('data', (text) => (complaint += String(text)));
  const signal = await new Promise((resolve) => child.on('close', (_, name) => resolve(name)));
  const lines = said.split('\n').slice(0, -1);
  return { said: lines, killed: signal === 'SIGKILL', complaint };
}

class Ledger {
  readonly kept = new Set<number>();
  readonly removed = new Set<number>();
  readonly unsure = new Set<number>();

  note(said: readonly string[]): void {
    for (const line of said) {
      const ruleId = Number(line.slice(1));
      if (line.startsWith('+')) this.kept.add(ruleId);
      if (line.startsWith('?')) this.unsure.add(ruleId);
      if (line.startsWith('-')) this.removed.add(ruleId);
    }
  }

  /** What the store has lost, and what it has kept too much. */
  wrongIn(found: ReadonlySet<number>) {
    const missing = [...this.kept].filter((id) => !found.has(id) && !this.unsure.has(id));
    const undead = [...this.removed].filter((id) => found.has(id));
    return { missing, undead };
  }
}

function rulesIn(folder: string): Set<number> {
  const store = storeAt(storeFile(folder));
  const loaded = store.loadRules();
  store.close();
  if (!loaded.ok) throw new Error(loaded.error.message);
  const database = new DatabaseSync(storeFile(folder));
  expect(database.prepare('PRAGMA integrity_check').get()?.['integrity_check']).toBe('ok');
  expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
  database.close();
  return new Set(loaded.value.map(({ ruleId }) => ruleId));
}

/** Every backup that has its name is whole, also when making one was cut off. */
function expectSoundBackups(folder: string): void {
  const backups = new Backups(storeFile(folder), systemClock);
  for (const { backupId } of backups.list()) expect(backups.look(backupId).ok).toBe(true);
}

async function chain(shim: string, deaths: readonly Death[]): Promise<number> {
  let folder = temporaryFolder();
  let ledger = new Ledger();
  let kills = 0;
  for (const death of deaths) {
    // A store's first writes are those of a new file, so that some deaths come to a new one.
    if (kills % 25 === 24) {
      folder = temporaryFolder();
      ledger = new Ledger();
    }
    // oxlint-disable-next-line no-await-in-loop -- one life after the other
    const life = await live(shim, folder, death);
    ledger.note(life.said);
    if (!life.killed) expect(life.complaint).toMatch(/^operations \d+\n$/);
    expect(ledger.wrongIn(rulesIn(folder)), JSON.stringify(death)).toEqual({
      missing: [],
      undead: [],
    });
    expectSoundBackups(folder);
    kills += life.killed ? 1 : 0;
  }
  expect(ledger.kept.size).toBeGreaterThan(0);
  return kills;
}

test(`${KILLS} kills, one at each write`, async () => {
  const shim = buildShim();
  const whole = await live(shim, temporaryFolder(), { at: 0, torn: false });
  const operations = Number(/^operations (\d+)$/m.exec(whole.complaint)?.[1]);
  expect(whole.said).toContain('open');
  expect(operations).toBeGreaterThan(60);
  const deaths = Array.from({ length: KILLS }, (_, turn) => ({
    at: (turn % operations) + 1,
    torn: Math.floor(turn / operations) % 2 === 0,
  }));
  const chains = Array.from({ length: CHAINS }, (_, place) =>
    chain(
      shim,
      deaths.filter((_death, turn) => turn % CHAINS === place),
    ),
  );
  const kills = (await Promise.all(chains)).reduce((sum, some) => sum + some, 0);
  expect(kills).toBeGreaterThan(KILLS * 0.8);
}, 600_000);
