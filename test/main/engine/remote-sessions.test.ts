/** A remote session that was open when Portreeve was installed may come again, until somebody says otherwise. */
import path from 'node:path';

import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { remotePorts } from '../../../scripts/installer/actions.ts';
import { readInstalledSettings } from '../../../src-main/engine/managed/settings.ts';
import { kernelOf } from '../../../src-main/engine/policy/compile/kernel.ts';
import type { PlainPolicy } from '../../../src-main/engine/policy/compile/plain.ts';
import type { ManagedPort } from '../../../src-main/engine/ports.ts';
import { product } from '../../../src-main/product.ts';
import { type Bench, FakePort, startBench, storeAt } from '../fakes/engine-bench.ts';
import { plainConnection } from '../fakes/fake-kernel.ts';
import { ruleInput } from '../fakes/rule-inputs.ts';
import { type Sample, sample } from '../fakes/sample.ts';
import { TableQuestions, buildTableProgram, outcomeOf } from '../fakes/table-program.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const peer = '198.51.100.7';
const stranger = '198.51.100.8';

/** What the installer writes (scripts/installer/setup/remote.c). */
function installedFrom(value: string, more: Record<string, unknown> = {}): ManagedPort {
  return {
    values: () => ({}),
    installed: () => ({ [product.settings.remotePeers]: value, ...more }),
    readFile: () => Promise.resolve({ ok: false, problem: 'it is not there' }),
    kept: () => null,
    keep: () => undefined,
  };
}

/** A session that comes again: another port of its own, to a service that no rule names. */
function comesFrom(address: string, given: Sample = {}) {
  const path_ = '\\device\\harddiskvolume3\\windows\\system32\\svchost.exe';
  const inbound = { direction: 'inbound', loopback: false, port: 51_234, protocol: 6 } as const;
  return sample({ path: path_, ...inbound, address, ...given });
}

async function rulesOf({ engine }: Bench) {
  const page = await engine.handlers.listRules({ text: '', offset: 0, limit: 500 });
  if (!page.ok) throw new Error(page.message);
  return page.value.rules;
}

async function answersTo(bench: Bench, ...connections: ReturnType<typeof sample>[]) {
  const ids = bench.driver.hold(...connections);
  await expect
    .poll(() => {
      const answered = ids.filter((id) => bench.driver.answered.has(id)).length;
      return answered + bench.engine.managerState().held;
    })
    .toBe(ids.length);
  return ids.map((id) => bench.driver.answered.get(id) ?? 'asked');
}

describe('the value of the installer', () => {
  const read = (value: unknown) => readInstalledSettings({ RemotePeers: value }).remotePeers;

  test('is addresses as the driver writes them', () => {
    expect(read(`${peer},2001:0db8:0000:0000:0000:0000:0000:0001,`)).toEqual([peer, '2001:db8::1']);
    expect(read('fe80:0000:0000:0000:0000:0000:0000:0001%12,')).toEqual(['fe80::1%12']);
    // As the installer writes the address of a socket for both families.
    expect(read(`0000:0000:0000:0000:0000:ffff:c633:6407,${peer},`)).toEqual([peer]);
  });

  test('is nothing where it is none, this computer itself, or not the installer’s', () => {
    for (const bad of [undefined, null, 7, '', ',', 'everybody,', '0.0.0.0/0,', '198.51.100.*,']) {
      expect(read(bad)).toEqual([]);
    }
    expect(read('127.0.0.1,::1,')).toEqual([]);
    expect(read(Array.from({ length: 40 }, (_, n) => `198.51.100.${n},`).join(''))).toHaveLength(
      16,
    );
  });

  test('never throws, and gives addresses only', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.anything()), (value) => {
        for (const address of read(value)) expect(read(`${address},`)).toEqual([address]);
      }),
    );
  });
});

describe('from the first start on', () => {
  test.each(['ask', 'learn', 'block'] as const)(
    'in mode %s it comes in without a question, and nobody else does',
    async (mode) => {
      const managed = installedFrom(`${peer},`, { Mode: mode });
      const bench = await startBench(undefined, { managed });
      const [others, outbound] = {
        ask: ['asked', 'asked'],
        learn: ['asked', 'allow'],
        block: ['block', 'block'],
      }[mode];
      expect(
        await answersTo(
          bench,
          comesFrom(peer),
          comesFrom(peer, { port: 51_235, path: '/usr/sbin/sshd', pid: 7 }),
          comesFrom(stranger),
          comesFrom(peer, { protocol: 17 }),
          comesFrom(peer, { direction: 'outbound' }),
        ),
      ).toEqual(['allow', 'allow', others, others, outbound]);
    },
  );

  test('lockdown is stronger', async () => {
    const managed = installedFrom(`${peer},`, { Mode: 'lockdown' });
    const bench = await startBench(undefined, { managed });
    expect(await answersTo(bench, comesFrom(peer))).toEqual(['block']);
  });

  test('it is a rule like others, to be reviewed; once removed it does not come back', async () => {
    const bench = await startBench(undefined, { managed: installedFrom(`${peer},`) });
    const [rule, ...others] = await rulesOf(bench);
    expect(others).toEqual([]);
    expect(rule).toMatchObject({ needsReview: true, direction: 'inbound', lifetime: 'always' });
    await bench.engine.handlers.removeRules({ ruleIds: [rule?.ruleId ?? ''] });
    expect(await answersTo(bench, comesFrom(peer))).toEqual(['asked']);
    expect(await rulesOf(await bench.restart())).toEqual([]);
  });

  test('another installation, from elsewhere and with the rules of before, adds its own', async () => {
    const file = path.join(temporaryFolder(), 'portreeve.db');
    const first = await startBench(file, { managed: installedFrom(`${peer},`) });
    await first.engine.stop();
    first.store.close();
    const again = await startBench(file, { managed: installedFrom(`${stranger},`) });
    expect(await answersTo(again, comesFrom(peer), comesFrom(stranger))).toEqual([
      'allow',
      'allow',
    ]);
    expect(await rulesOf(again)).toHaveLength(2);
  });

  test('who has a rule about it already has said what is to happen', async () => {
    const file = path.join(temporaryFolder(), 'portreeve.db');
    const first = await startBench(file);
    const subject = { kind: 'anything' } as const;
    const about = { subject, place: peer, protocol: 6, direction: 'inbound' } as const;
    const added = await first.engine.handlers.addRule(
      ruleInput({ ...about, verdict: 'block', lifetime: 'always' }),
    );
    expect(added.ok).toBe(true);
    await first.engine.stop();
    first.store.close();
    const again = await startBench(file, { managed: installedFrom(`${peer},`) });
    expect(await answersTo(again, comesFrom(peer))).toEqual(['block']);
  });

  test('given a full disk at the first start, then it is told, and made up for by the next', async () => {
    const file = path.join(temporaryFolder(), 'portreeve.db');
    const store = storeAt(file);
    const full = { ok: false, error: { code: 'full', message: 'The disk is full.' } } as const;
    store.addRule = () => full;
    const bench = await startBench(file, { store, managed: installedFrom(`${peer},`) });
    expect(bench.warnings).toEqual(['The disk is full.']);
    expect(await answersTo(await bench.restart(), comesFrom(peer))).toEqual(['allow']);
  });
});

describe('while Portreeve does not run', () => {
  let program = '';
  beforeAll(async () => {
    program = await buildTableProgram();
  }, 300_000);

  test('the driver’s own look-ups allow it by the table that was sent, for a service that nobody has seen', async () => {
    const policies: PlainPolicy[] = [];
    const port = new FakePort();
    const compiled = kernelOf(port);
    const kernel = {
      ...compiled,
      setTable: (policy: PlainPolicy) => {
        policies.push(policy);
        return compiled.setTable(policy);
      },
    };
    const managed = installedFrom(`${peer},2001:db8::7,`);
    const bench = await startBench(undefined, { managed, kernel });
    await expect
      .poll(() => {
        bench.clock.pass(1000);
        return port.tables.length;
      })
      .toBeGreaterThan(0);
    const asked = [
      comesFrom(peer),
      comesFrom('2001:db8::7'),
      comesFrom(stranger),
      comesFrom(peer, { direction: 'outbound' }),
      comesFrom(peer, { protocol: 17 }),
    ];
    const questions = new TableQuestions();
    questions.table(port.tables.at(-1)?.bytes ?? new Uint8Array());
    questions.connections(
      asked.map((one) => ({ subjectId: null, connection: plainConnection(one) })),
    );
    const [isTaken, ...words] = questions.ask(program);
    expect(isTaken).toBe(1);
    const outcomes = asked.map((_, index) => outcomeOf(words[index * 2]));
    expect(outcomes.slice(0, 2)).toEqual(['allow', 'allow']);
    expect(outcomes.slice(2)).toEqual(['ask', 'ask', 'ask']);
    await bench.engine.stop();
  }, 60_000);
});

test('the ports that the installer looks at are those of remote sessions', () => {
  expect(remotePorts).toEqual([22, 3389, 5985, 5986]);
});
