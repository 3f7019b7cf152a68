/** For whom real processes run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';

import { createAccounts } from '../../../src-main/platform/accounts.ts';
import { readStat } from '../../../src-main/platform/proc.ts';

const NOBODY = 65_534;
const started: ReturnType<typeof spawn>[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

async function keyOf(pid: number) {
  const { started: created } = await readStat(String(pid));
  return { id: BigInt(pid), created };
}

async function sleeper(uid?: number): Promise<number> {
  const child = spawn('/bin/sleep', ['60'], uid === undefined ? {} : { uid, gid: uid });
  started.push(child);
  await once(child, 'spawn');
  return child.pid ?? 0;
}

describe.skipIf(process.platform !== 'linux')('the account of a process', () => {
  test('is that of its user', async () => {
    const { accountOf } = await createAccounts();
    expect(accountOf(await keyOf(process.pid))).toBe(String(process.getuid?.()));
  });

  test.skipIf(process.getuid?.() !== 0)('is another one for another user’s', async () => {
    const { accountOf } = await createAccounts();
    expect(accountOf(await keyOf(await sleeper(NOBODY)))).toBe(String(NOBODY));
  });

  test('is not told of a process that has taken another’s number, nor of one that is gone', async () => {
    const { accountOf } = await createAccounts();
    const { id, created } = await keyOf(await sleeper());
    expect(accountOf({ id, created: created - 600_000_000n })).toBeNull();
    started[0]?.kill('SIGKILL');
    if (started[0] !== undefined) await once(started[0], 'exit');
    expect(accountOf({ id, created })).toBeNull();
  });
});
