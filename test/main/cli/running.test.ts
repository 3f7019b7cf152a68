/** The command line and a running Portreeve: two processes, a real socket, the real store. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endChild } from '../../../scripts/process.ts';
import { type Place, makePlace } from './command-line.ts';

let place: Place;
beforeAll(async () => {
  place = makePlace();
  await place.startApp();
});
afterAll(() => place.end());

const curl = ['--program', '/opt/tools/curl', '--to', 'example.org', '--port', '443'];

describe('a running Portreeve', () => {
  test('says that it runs, which driver and which rules of the kernel', async () => {
    expect(await place.json('status')).toMatchObject({
      running: '1.2.3',
      rules: 0,
      driver: { kind: expect.stringMatching(/lost|connecting/) as string },
      kernel: { version: null, problem: null },
      mode: { mode: 'ask' },
    });
    const { out } = await place.portreeve('status');
    expect(out).toContain('runs, version 1.2.3');
    expect(out).toContain('Kernel rules');
  });

  test('makes, lists, disables, enables, removes rules, and takes it back', async () => {
    const added = await place.portreeve('rules', 'add', 'allow', ...curl, '--lifetime', 'always');
    expect(added.code).toBe(0);
    expect(added.out).toMatch(/^\d+ {2}Allow \/opt\/tools\/curl: example\.org port 443, always\n$/);
    const [id = ''] = added.out.split(' ');
    expect((await place.portreeve('rules', 'disable', id)).out).toContain('Disabled');
    expect(await place.json('rules', 'list')).toMatchObject([{ ruleId: id, enabled: false }]);
    expect((await place.portreeve('rules', 'enable', id)).code).toBe(0);
    expect(await place.json('rules', 'list', 'example.org')).toMatchObject([{ enabled: true }]);
    const removed = await place.portreeve('rules', 'remove', id);
    expect(await place.json('rules', 'list')).toEqual([]);
    const undo = /rules undo (\S+)/.exec(removed.err)?.[1] ?? '';
    expect((await place.portreeve('rules', 'undo', undo)).out).toContain('1 brought back');
    expect(await place.json('rules', 'list')).toMatchObject([{ ruleId: id, origin: 'person' }]);
    expect((await place.portreeve('rules', 'undo', undo)).code).toBe(3);
  });

  test('brings back what was removed long ago from the copy', async () => {
    const removed = await place.portreeve('rules', 'remove', '1');
    const file = /import '(.+)'/.exec(removed.err)?.[1] ?? '';
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await place.portreeve('rules', 'import', file)).out).toMatch(/^Added 1, replace 0/);
    expect(await place.json('rules', 'list')).toMatchObject([{ place: { name: 'example.org' } }]);
  });

  test('explains and rehearses', async () => {
    const asked = ['--program', '/opt/tools/curl', '--to', '192.0.2.1', '--name', 'example.org'];
    const explained = await place.portreeve('rules', 'explain', ...asked, '--port', '443');
    expect(explained.out).toMatch(/^allow: decided by rule \d+\n {2}Allow \/opt\/tools\/curl/);
    const other = await place.json('rules', 'explain', ...asked, '--port', '80');
    expect(other).toMatchObject({
      verdict: 'ask',
      decidedBy: 'mode',
      others: [{ why: 'other-port' }],
    });
    const rehearsed = await place.portreeve('rules', 'rehearse', 'block', '--everybody');
    expect(rehearsed.out).toContain('0 of 0');
    expect(await place.json('rules', 'list')).toHaveLength(1);
  });

  test('changes modes and pauses', async () => {
    expect((await place.portreeve('mode', 'learn', '--for', '2h')).out).toMatch(/^learn until 20/);
    expect(await place.json('mode', 'block')).toMatchObject({ mode: 'block', until: null });
    expect((await place.portreeve('pause', '--for', '5m')).out).toContain(
      'paused: everything until',
    );
    expect((await place.portreeve('resume')).out).toBe('block\n');
    expect((await place.portreeve('mode', 'ask')).out).toBe('ask\n');
  });

  test('shows journal, findings and backups', async () => {
    expect(await place.json('journal')).toMatchObject({ lines: [], total: 0 });
    expect(await place.json('rules', 'findings')).toMatchObject([{ kind: 'dead' }]);
    expect((await place.portreeve('backups')).code).toBe(0);
    expect((await place.portreeve('backups', 'restore', 'portreeve-1.db')).code).toBe(3);
  });

  test('imports a file whole, says what would change, or names its faulty lines', async () => {
    const file = path.join(place.state, 'rules.json');
    expect((await place.portreeve('rules', 'export', file)).err).toContain('Exported 1 rules.');
    expect((await place.portreeve('rules', 'export', file)).code).toBe(2);
    expect((await place.portreeve('rules', 'export', file, '--force')).code).toBe(0);
    const text = readFileSync(file, 'utf8');
    const more = text.replaceAll('example.org', 'example.net');
    const dry = await place.portreeveWith(more, 'rules', 'import', '-', '--dry-run');
    expect(dry.out).toMatch(/^It would add 1,.*\n {2}\+ Allow/);
    const broken = path.join(place.state, 'broken.json');
    writeFileSync(broken, text.replace('"outbound"', '"sideways"'));
    const refused = await place.portreeve('rules', 'import', broken);
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(
      /broken\.json:5: rules\.0\.direction: .*\nportreeve: The file has 1 problem/,
    );
    expect(await place.json('rules', 'list')).toHaveLength(1);
  });

  test('is alone on its folder; ended, it leaves nothing behind and the store can be used', async () => {
    const second = await place.startApp();
    expect(await place.json('status')).toMatchObject({ running: '1.2.3', store: { kind: 'ok' } });
    await endChild(second);
    expect(await place.json('status')).toMatchObject({ running: '1.2.3', store: { kind: 'ok' } });
    await place.end();
    expect(existsSync(path.join(place.state, 'command-line.json'))).toBe(false);
    expect(await place.json('status')).toMatchObject({ running: null, rules: 1 });
  });

  test('killed, it is not waited for', async () => {
    const app = await place.startApp();
    app.kill('SIGKILL');
    await new Promise((resolve) => app.once('exit', resolve));
    expect(existsSync(path.join(place.state, 'command-line.json'))).toBe(true);
    expect(await place.json('status')).toMatchObject({ running: null, rules: 1 });
    await place.startApp();
    expect(await place.json('status')).toMatchObject({ running: '1.2.3', rules: 1 });
  });
});
