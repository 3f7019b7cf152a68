import { describe, expect, it } from 'vitest';
import { parseStartOptions, splitWords } from '../../scripts/start/options.ts';

const optionsOf = (...args: string[]) => {
  const parsed = parseStartOptions(args);
  return parsed.kind === 'run' ? parsed.options : parsed;
};

describe('options of npm start', () => {
  it('needs none', () => {
    expect(optionsOf()).toMatchObject({ exec: null, portGiven: false, shell: null, open: true });
  });

  it('finds the program of --exec', () => {
    expect(optionsOf('--exec', 'sh -c "echo hi there"')).toMatchObject({
      exec: [expect.stringMatching(/\/sh$/), '-c', 'echo hi there'],
    });
  });

  it.each([
    [['--nonsense'], /Unknown option '--nonsense'/],
    [['extra'], /extra/],
    [['--exec'], /--exec/],
    [['--exec', ''], /needs a program/],
    [['--exec', 'no-such-program-here x'], /there is no program "no-such-program-here"/],
    [['--exec', '/etc/passwd'], /there is no program/],
    [['--exec', '"open'], /never closed/],
    [['--port', 'x'], /--port is a number/],
    [['--port', '65536'], /--port is a number/],
    [['--port=-1'], /--port is a number/],
    [['--port', '1.5'], /--port is a number/],
    [['--shell', 'emacs'], /"browser" or "electron"/],
    [['--state', ''], /needs a folder/],
    [['--keep'], /--keep goes with --exec/],
  ])('%j is one line that says what is wrong', (args, expected) => {
    const parsed = parseStartOptions(args);
    expect(parsed.kind).toBe('wrong');
    const line = parsed.kind === 'wrong' ? parsed.line : '';
    expect(line).toMatch(expected);
    expect(line).not.toContain('\n');
  });
});

describe('words of a command', () => {
  it.each([
    ['curl -sS http://x/', ['curl', '-sS', 'http://x/']],
    [`a 'b c' "d e"`, ['a', 'b c', 'd e']],
    [`a'b'"c"d`, ['abcd']],
    [`a\\ b`, ['a b']],
    [`"" ''`, ['', '']],
    [`"\\"\\n"`, ['"\\n']],
    ['   ', []],
  ])('%s', (command, words) => {
    expect(splitWords(command)).toEqual(words);
  });

  it.each([`'`, `"`, `a\\`])('%s never ends', (command) => {
    expect(splitWords(command)).toBeNull();
  });
});
