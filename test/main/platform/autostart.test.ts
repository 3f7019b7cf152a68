import { describe, expect, test } from 'vitest';

import { type Ran, createAutostart, runProgram } from '../../../src-main/platform/autostart.ts';
import { logonTaskXml, serviceTaskXml } from '../../../src-main/platform/logon-task.ts';
import { product } from '../../../src-main/product.ts';

const program = 'C:\\Program Files\\Tom & Jerry\\Portreeve.exe';
const task = '\\Portreeve\\Start at logon';
const on = logonTaskXml(program);
const settingsOff = (xml: string): string =>
  xml.replace(/(<Settings>[\s\S]*<Enabled>)true/u, '$1false');

/** A task scheduler that keeps one task, and the programs that change it. */
function scheduler(first: string | null) {
  const state = { xml: first, ran: [] as string[], refuses: null as Ran | null };
  const answer = (code: number, text = ''): Promise<Ran> =>
    Promise.resolve({ code, output: Buffer.from(text, 'latin1') });
  const change = (args: readonly string[]): Promise<Ran> => {
    if (state.refuses !== null) return Promise.resolve(state.refuses);
    if (args[0] === 'task') state.xml = logonTaskXml(args[1] ?? '');
    if (args.includes('/DISABLE')) state.xml = settingsOff(state.xml ?? '');
    if (args.includes('/ENABLE')) state.xml = on;
    return answer(0);
  };
  const autostart = createAutostart({
    task,
    kind: 'logon',
    program,
    setup: 'C:\\setup.exe',
    systemFolder: 'C:\\Windows\\System32',
    run: (file, args) => {
      state.ran.push([file.replace(/^.*\\/u, ''), ...args].join(' '));
      if (args[0] !== '/Query') return change(args);
      return state.xml === null ? answer(1) : answer(0, state.xml);
    },
  });
  return { state, autostart };
}

describe('the task at logon', () => {
  test.each([
    ['on', on],
    ['off', settingsOff(on)],
    ['missing', null],
    ['other', logonTaskXml('C:\\Users\\eve\\Portreeve.exe')],
    ['other', on.replace(/<LogonTrigger>[\s\S]*<\/LogonTrigger>/u, '')],
    ['other', on.replace('<Enabled>true', '<Enabled>false')],
    ['on', on.replace(/<Enabled>true<\/Enabled>\s*/u, '')],
  ])('is %s', async (kind, xml) => {
    expect(await scheduler(xml).autostart.read()).toEqual({ kind });
  });

  test('is read in whichever way schtasks writes it, and whatever its name looks like', async () => {
    const wide = (text: string): Promise<Ran> =>
      Promise.resolve({ code: 0, output: Buffer.from(`\ufeff${text}`, 'utf16le') });
    const strange = 'C:\\Programme\\Größe\\Portreeve.exe';
    const tools = {
      task,
      kind: 'logon' as const,
      program: strange,
      setup: '',
      systemFolder: 'C:\\W',
    };
    const read = (output: Promise<Ran>) => createAutostart({ ...tools, run: () => output }).read();
    expect(await read(wide(logonTaskXml(strange)))).toEqual({ kind: 'on' });
    const damaged = logonTaskXml(strange).replaceAll('ö', '\u0094').replaceAll('ß', '\u00e1');
    const bytes = Buffer.from(damaged, 'latin1');
    expect(await read(Promise.resolve({ code: 0, output: bytes }))).toEqual({ kind: 'on' });
  });

  test('is switched off and on again without being made anew, so that its access list stays', async () => {
    const { state, autostart } = scheduler(on);
    expect(await autostart.set(false)).toEqual({ kind: 'off' });
    expect(await autostart.set(true)).toEqual({ kind: 'on' });
    const changes = state.ran.filter((line) => !line.includes('/Query'));
    expect(changes).toEqual([
      `schtasks.exe /Change /TN ${task} /DISABLE`,
      `schtasks.exe /Change /TN ${task} /ENABLE`,
    ]);
  });

  test.each([[null], [logonTaskXml('C:\\evil.exe')]])(
    'is made by the installer’s program where it is gone or another',
    async (xml) => {
      const { state, autostart } = scheduler(xml);
      expect(await autostart.set(true)).toEqual({ kind: 'on' });
      expect(state.ran).toContain(`setup.exe task ${program}`);
      expect(state.ran).toContain('setup.exe forget');
    },
  );

  test('is not touched when it is as it should be', async () => {
    const { state, autostart } = scheduler(null);
    expect(await autostart.set(false)).toEqual({ kind: 'missing' });
    expect(state.ran).toHaveLength(1);
  });

  test.each([
    [{ code: 1, output: Buffer.from('ERROR: Access is\r\n denied.') }, 'ERROR: Access is denied.'],
    [{ code: null, output: Buffer.alloc(0) }, 'code none'],
    [{ code: 5, output: Buffer.from('x'.repeat(5000)) }, 'x'.repeat(300)],
  ])('given a refusal, then what was said is told', async (refuses, detail) => {
    const { state, autostart } = scheduler(on);
    state.refuses = refuses;
    expect(await autostart.set(false)).toEqual({ kind: 'unknown', detail });
  });
});

describe('the task of the service', () => {
  const service = serviceTaskXml(program);
  const serviceOn = service.replace(/(<Settings>[\s\S]*<Enabled>)false/u, '$1true');

  function switched(first: string | null) {
    const state = { xml: first, ran: [] as string[] };
    const autostart = createAutostart({
      task: product.serviceTask,
      kind: 'service',
      program,
      setup: 'C:\\setup.exe',
      systemFolder: 'C:\\Windows\\System32',
      run: (_file, args) => {
        if (args[0] === 'task-service') state.xml = serviceTaskXml(args[1] ?? '');
        if (args.includes('/ENABLE')) state.xml = serviceOn;
        if (args.includes('/DISABLE')) state.xml = service;
        if (args[0] !== '/Query') state.ran.push(args.join(' '));
        const there = state.xml !== null;
        return Promise.resolve({ code: there ? 0 : 1, output: Buffer.from(state.xml ?? '') });
      },
    });
    return { state, autostart };
  }

  test.each([
    ['off', service],
    ['on', serviceOn],
    ['other', logonTaskXml(program)],
    ['missing', null],
  ])('is %s', async (kind, xml) => {
    expect(await switched(xml).autostart.read()).toEqual({ kind });
  });

  test('is not the one of the logon', async () => {
    expect(await scheduler(serviceOn).autostart.read()).toEqual({ kind: 'other' });
  });

  test('is switched on where it is off', async () => {
    const { state, autostart } = switched(service);
    expect(await autostart.set(true)).toEqual({ kind: 'on' });
    expect(state.ran).toEqual([`/Change /TN ${product.serviceTask} /ENABLE`]);
  });

  test('is made where it is gone, and switched on then', async () => {
    const { state, autostart } = switched(null);
    expect(await autostart.set(true)).toEqual({ kind: 'on' });
    const enable = `/Change /TN ${product.serviceTask} /ENABLE`;
    expect(state.ran).toEqual([`task-service ${program}`, 'forget', enable]);
  });
});

describe('a program of Windows', () => {
  test('is run with nothing of the environment, and never rejects', async () => {
    const ran = await runProgram(
      process.execPath,
      ['-p', 'JSON.stringify(process.env)'],
      'C:\\W\\S',
    );
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.output.toString())).toMatchObject({ SystemRoot: 'C:\\W' });
    expect(ran.output.toString()).not.toContain('PATH');
    expect((await runProgram('/nonexistent', [], 'C:\\W\\S')).code).toBeNull();
    expect((await runProgram(process.execPath, ['-e', 'process.exit(7)'], 'C:\\W\\S')).code).toBe(
      7,
    );
  });
});
