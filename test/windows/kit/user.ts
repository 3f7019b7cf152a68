/** What a standard user must not be able to do. Runs as one. */
import assert from 'node:assert/strict';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { windowsDevice } from '../../../src-main/driver/device-windows.ts';
import { type Check, type Result, runChecks } from './check.ts';
import { SERVICE } from './kit.ts';
import { windows } from './windows.ts';

const ACCESS_DENIED = 5;

/** The context is the driver's image. */
export const userChecks: readonly Check<string>[] = [
  { id: 'user.open', title: 'a standard user can not open the device', run: openDevice },
  { id: 'user.service', title: 'nor stop or change the service', run: changeService },
  { id: 'user.files', title: "nor write to the driver's files", run: writeFiles },
  { id: 'user.registry', title: "nor to the service's registry key", run: writeRegistry },
];

/** Writes the results to `file`. */
export async function runUser(file: string, image: string): Promise<void> {
  const results: Result[] = [];
  await runChecks(userChecks, image, (result) => results.push(result));
  writeFileSync(file, JSON.stringify(results));
}

async function openDevice(): Promise<string> {
  const opened = await windowsDevice().open();
  if (opened.ok) await opened.device.close();
  assert.ok(!opened.ok, 'it was opened');
  assert.equal(opened.failure.code, 'access-denied');
  return opened.failure.code;
}

async function changeService(): Promise<undefined> {
  for (const args of [
    ['stop', SERVICE],
    ['config', SERVICE, 'start=', 'disabled'],
    ['delete', SERVICE],
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { code } = await windows.run('sc.exe', args);
    assert.equal(code, ACCESS_DENIED, `sc ${args.join(' ')}`);
  }
}

function writeFiles(image: string): Promise<undefined> {
  assert.throws(() => closeSync(openSync(image, 'r+')), { code: /^(EPERM|EACCES)$/ });
  const beside = path.join(path.dirname(image), 'kit.txt');
  assert.throws(() => writeFileSync(beside, ''), { code: /^(EPERM|EACCES)$/ });
  return Promise.resolve(undefined);
}

async function writeRegistry(): Promise<undefined> {
  const key = `HKLM\\SYSTEM\\CurrentControlSet\\Services\\${SERVICE}`;
  const { code } = await windows.run('reg.exe', ['add', key, '/v', 'Start', '/d', '4', '/f']);
  assert.notEqual(code, 0, 'it was written');
}
