/** The demo of `npm start`: its programs are held one after the other, and it says what became of them. */
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { node, root, scriptArgs } from '../../scripts/process.ts';
import { type Held, Lab, until } from './lab.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start();
});

afterAll(() => lab.stop());

function heldBy(name: string): Held[] {
  const file = path.join(root, 'build', 'demo', name);
  return lab.client.held().filter(({ connection }) => connection.path === file);
}

async function answer(name: string, count: number, verdict: 'allow' | 'block'): Promise<void> {
  await until(`${count} of ${name}`, () => heldBy(name).length === count);
  expect(await lab.client.answer(heldBy(name), verdict)).toBe(count);
}

test('programs wait, get through when allowed, say when they are refused, and end with it', async () => {
  const args = scriptArgs('scripts/demo/demo.ts', ['--lab', lab.program, '--door', lab.door]);
  const demo = lab.start(node, args);
  let output = '';
  demo.child.stdout?.on('data', (text: Buffer) => (output += text.toString()));
  await answer('weather', 1, 'allow');
  await answer('mail-sync', 1, 'block');
  await answer('photo-backup', 6, 'allow');
  await answer('clock-sync', 1, 'allow');
  await until('all four lines', () => output.includes('clock-sync:'));
  expect(output).toMatch(/^demo: weather, mail-sync, .*$/m);
  expect(output).toContain('weather: got 200\n');
  expect(output).toContain('mail-sync: refused (EACCES)\n');
  expect(output).toContain('photo-backup: got 200 from 6 of 6 servers\n');
  expect(output).toMatch(/^clock-sync: got \d\d:\d\d:\d\d$/m);
  demo.child.kill('SIGTERM');
  expect(await demo.ended).toMatchObject({ code: 0 });
  await lab.client.expectHeld(0);
});

test('wrong arguments and a compiler that is missing get one line', async () => {
  const without = lab.start(node, scriptArgs('scripts/demo/demo.ts'));
  expect(await without.ended).toMatchObject({
    code: 1,
    stderr: 'demo: usage: demo.ts --lab PROGRAM --door PATH\n',
  });
  const args = scriptArgs('scripts/demo/demo.ts', ['--lab', lab.program, '--door', lab.door]);
  const { code, stderr } = await lab.start(node, args, { CC: 'no-such-compiler' }).ended;
  expect(code).toBe(1);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});
