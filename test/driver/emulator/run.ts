/**
 * The emulator's own test. A small driver breaks one rule after the other, and the emulator has to name each; the
 * unbroken driver must pass. Then the control socket of a served lab is treated badly, under the address and the thread
 * sanitizer. The last line is `N passed, N failed`.
 */
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildLab, buildNative } from '../../../scripts/native.ts';
import type { NativeProgram } from '../../../scripts/native.ts';
import { controlCases } from './control.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

const program: NativeProgram = {
  name: 'emulator-test',
  sources: [
    'driver/lab/emulator',
    'driver/lab/emulator/wdm',
    'driver/lab/emulator/wfp',
    'test/driver/emulator',
  ],
};

/** What the driver is told to break, and the rule that the emulator has to name ('' : a broken expectation). */
const breaks: [string, string][] = [
  ...['R1', 'R2', 'R3', 'R5', 'R6', 'R7', 'R8', 'R9', 'R13', 'R14', 'R15'].map(same),
  ...['R18', 'R20', 'R21', 'R22', 'R31', 'R36', 'R52', 'R53', 'R54', 'R55', 'R57', 'R59'].map(same),
  ...['R41', 'R42', 'R43', 'R44', 'R45', 'R47', 'R49', 'R50'].map(same),
  ...['W2', 'W4', 'W5', 'W8', 'W10'].map(same),
  ['W10-late', 'W10'],
  ['W10-open', 'W10'],
  ['W10-name', 'W10'],
  ['W10-process', 'W10'],
  ['W10-context', 'W10'],
  ['W10-handle', 'W10'],
  ['W10-generic', 'W10'],
  ['W10-malformed', 'W10'],
  ['R43-null', 'R43'],
  ['R44-blocked', 'R44'],
  ['R45-control', 'R45'],
  ['R47-header', 'R47'],
  ['R49-early', 'R49'],
  ['R49-leak', 'R49'],
  ['R49-twice', 'R49'],
  ['R55-injection', 'R55'],
  ['R55-order', 'R55'],
  ['R57-injection', 'R57'],
  ['R26', 'R26'],
  ['R26-none', 'R26'],
  ['R27', 'R27'],
  ['R46', 'R46'],
  ['R46-checksum', 'R46'],
  ['R46-interface', 'R46'],
  ['R48', 'R48'],
  ['R51', 'R51'],
  ['R60', 'R60'],
  ['W2-pool', 'W2'],
  ['R4', ''],
  ['R17-never', 'R17'],
  ['R17-twice', 'R17'],
  ['R18-null', 'R18'],
  ['R55-open', 'R55'],
  ['R55-device', 'R55'],
];

function same(rule: string): [string, string] {
  return [rule, rule];
}

function runWith(path: string, rule: string): Promise<{ failed: boolean; text: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, BREAK: rule, ASAN_OPTIONS: 'detect_leaks=0' };
    execFile(path, [], { cwd: root, env, timeout: 60_000 }, (error, _out, text) => {
      resolve({ failed: error !== null, text });
    });
  });
}

async function checkBreak(path: string, [what, rule]: [string, string]): Promise<boolean> {
  const { failed, text } = await runWith(path, what);
  const named =
    rule === '' ? text.includes('unexpected: ') : text.includes(`rule ${rule} broken: `);
  if (failed && named) return true;
  console.log(`FAILED breaking ${what}: ${rule} was not reported\n${text}`);
  return false;
}

async function checkSound(path: string): Promise<boolean> {
  const { failed, text } = await runWith(path, '');
  if (!failed && text === '') return true;
  console.log(`FAILED the unbroken driver:\n${text}`);
  return false;
}

async function main(): Promise<number> {
  const built = await buildNative(program, 'asan', console.log);
  const labs = [await buildLab(console.log, 'asan'), await buildLab(console.log, 'tsan')];
  const failure = [built, ...labs].find((build) => !build.ok);
  if (!built.ok || failure !== undefined) {
    console.log(failure?.ok === false ? failure.line : '');
    const strict = process.env['CI'] === 'true';
    console.log(strict ? '0 passed, 1 failed' : '0 passed, 0 failed, 1 skipped');
    return strict ? 1 : 0;
  }
  const results = [await checkSound(built.program)];
  for (const each of breaks) results.push(await checkBreak(built.program, each));
  for (const lab of labs) if (lab.ok) results.push(...(await controlCases(lab.program)));
  const passed = results.filter(Boolean).length;
  console.log(`${passed} passed, ${results.length - passed} failed`);
  return passed === results.length ? 0 : 1;
}

process.exitCode = await main();
