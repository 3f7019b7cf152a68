/** The switch for lockdown from boot on: which program is run, and what is said when it does not work. */
import { describe, expect, it } from 'vitest';
import type { Ran } from '../../src-main/platform/autostart.ts';
import { createBootLockdown } from '../../src-main/platform/boot-lockdown.ts';

const setup = 'C:\\Program Files\\Portreeve\\resources\\setup\\portreeve-setup.exe';
const wayOut = `"${setup}" lockdown off`;

/** As the installer's program: it notes "1" before it adds, and "0" after it has removed. */
function bench(outcome: Partial<Ran> = {}) {
  const values: Record<string, unknown> = {};
  const commands: string[][] = [];
  const lockdown = createBootLockdown({
    setup,
    values: () => values,
    async run(program, args) {
      commands.push([program, ...args]);
      const code = outcome.code === undefined ? 0 : outcome.code;
      if (args[1] === 'on') values['Lockdown'] = '1';
      else if (code === 0) values['Lockdown'] = '0';
      return { code, output: outcome.output ?? Buffer.alloc(0) };
    },
  });
  return { values, commands, lockdown };
}

describe('lockdown from boot on', () => {
  it('is off where nobody has noted it, and switched by the installer alone', async () => {
    const { lockdown, commands } = bench();
    expect(lockdown.read()).toEqual({ kind: 'off', wayOut });
    expect(await lockdown.set(true)).toEqual({ kind: 'on', wayOut });
    expect(lockdown.read()).toEqual({ kind: 'on', wayOut });
    expect(await lockdown.set(false)).toEqual({ kind: 'off', wayOut });
    expect(commands).toEqual([
      [setup, 'lockdown', 'on'],
      [setup, 'lockdown', 'off'],
    ]);
  });

  it.each([
    [0, 'off'],
    [1, 'off'],
    ['0', 'off'],
    ['11', 'off'],
    [null, 'off'],
  ])('with %j noted is %s', (value, kind) => {
    const { lockdown, values } = bench();
    values['Lockdown'] = value;
    expect(lockdown.read().kind).toBe(kind);
  });

  it('that could not be made, or not taken away, says so and what the program said', async () => {
    const output = Buffer.from('Does the Base Filtering Engine run?\r\n  Error 1753', 'utf16le');
    const { lockdown } = bench({ code: 5, output });
    const detail = 'Does the Base Filtering Engine run? Error 1753';
    const failed = { kind: 'failed', isNoted: true, wayOut, detail };
    expect(await lockdown.set(true)).toEqual(failed);
    expect(await lockdown.set(false)).toEqual(failed);
  });

  it('whose program is gone or hangs says so', async () => {
    expect(await bench({ code: null }).lockdown.set(true)).toMatchObject({ kind: 'failed' });
  });
});
