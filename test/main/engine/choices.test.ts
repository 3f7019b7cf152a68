/** What the user has chosen for the time when Portreeve does not run, beside policy and installer. */
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { MANAGED_MS } from '../../../src-main/engine/limits.ts';
import type { ManagedPort } from '../../../src-main/engine/ports.ts';
import { startBench, storeAt } from '../fakes/engine-bench.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

function managedBy(values: Record<string, unknown>, installed = {}): ManagedPort {
  return {
    values: () => values,
    installed: () => installed,
    readFile: () => Promise.resolve({ ok: false, problem: 'it is not there' }),
    kept: () => null,
    keep: () => undefined,
  };
}

describe('what new connections get while Portreeve does not run', () => {
  test('is to block, until the user chooses, over a restart', async () => {
    const bench = await startBench();
    expect(bench.driver.noClient).toBe('block');
    expect(bench.engine.managerState().noClient).toEqual({ verdict: 'block', by: 'nobody' });
    expect(await bench.engine.handlers.setNoClient({ verdict: 'allow' })).toMatchObject({
      ok: true,
    });
    expect(bench.driver.noClient).toBe('allow');
    const again = await bench.restart();
    expect(again.driver.noClient).toBe('allow');
    expect(again.engine.managerState().noClient).toEqual({ verdict: 'allow', by: 'you' });
  });

  test('is the installer’s before the user’s first choice, and a policy’s whatever they say', async () => {
    const values: Record<string, unknown> = {};
    const managed = managedBy(values, { NoClientPolicy: 'allow' });
    const bench = await startBench(undefined, { managed });
    const { engine, driver, clock } = bench;
    expect(engine.managerState().noClient).toEqual({ verdict: 'allow', by: 'installer' });
    await engine.handlers.setNoClient({ verdict: 'block' });
    expect(engine.managerState().noClient).toEqual({ verdict: 'block', by: 'you' });
    values['NoClientPolicy'] = 'allow';
    clock.pass(MANAGED_MS);
    await expect.poll(() => driver.noClient).toBe('allow');
    const refused = await engine.handlers.setNoClient({ verdict: 'block' });
    expect(refused).toMatchObject({ ok: false, code: 'managed' });
    expect(driver.noClient).toBe('allow');
    delete values['NoClientPolicy'];
    clock.pass(MANAGED_MS);
    await expect.poll(() => driver.noClient).toBe('block');
  });

  test('given a full disk, then nothing is said to the driver', async () => {
    const store = storeAt(path.join(temporaryFolder(), 'portreeve.db'));
    const full = { ok: false, error: { code: 'full', message: 'The disk is full.' } } as const;
    store.saveChoices = () => full;
    const { engine, driver } = await startBench(undefined, { store });
    expect(await engine.handlers.setNoClient({ verdict: 'allow' })).toMatchObject({
      ok: false,
      code: 'store-failed',
    });
    expect(driver.noClient).toBe('block');
  });

  test.each([[{ noClient: 'sometimes' }], [{}], [['x']]])(
    'given %j on the disk, then nobody has chosen',
    async (saved) => {
      const store = storeAt(path.join(temporaryFolder(), 'portreeve.db'));
      store.saveChoices(saved);
      const { engine } = await startBench(undefined, { store });
      expect(engine.managerState().noClient).toEqual({ verdict: 'block', by: 'nobody' });
    },
  );
});
