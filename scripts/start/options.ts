/** What a person may type after `npm start --`. */
import { parseArgs } from 'node:util';
import { findProgram } from '../process.ts';

export interface StartOptions {
  /** The program of --exec and its arguments; null without. */
  readonly exec: readonly [string, ...string[]] | null;
  /** 0: any port that is free. */
  readonly port: number;
  /** Whether the port was typed. */
  readonly portGiven: boolean;
  readonly shell: 'browser' | 'electron' | null;
  readonly state: string | null;
  readonly open: boolean;
  readonly keep: boolean;
}

export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: StartOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly line: string };

export const defaultPort = 47_470;

export const help = `npm start [-- OPTION...]

Opens Portreeve. Outside Windows the driver runs in the lab: a small demo starts real programs whose connections are held
until you answer.

  --exec 'PROGRAM ARG...'    hold the connections of this program instead of the demo's; its exit code is passed on
  --keep                     with --exec: stay open when the program has ended
  --shell browser|electron   the window to use; without it Electron if it can run here, else the browser
  --port N                   port of the browser shell on 127.0.0.1 (0: any; default ${defaultPort}, or any if that is taken)
  --state DIR                folder of rules and journal
  --no-open                  print the addresses only, open no window
  --help                     this text
`;

const wrong = (line: string): ParsedOptions => ({ kind: 'wrong', line });

/** Reads the command line; anything wrong is one line that says what to type instead. */
export function parseStartOptions(args: readonly string[]): ParsedOptions {
  const parsed = readFlags(args);
  if (typeof parsed === 'string') return wrong(`${parsed} See "npm start -- --help".`);
  const { values } = parsed;
  if (values.help === true) return { kind: 'help' };
  if (values.keep === true && values.exec === undefined) return wrong('--keep goes with --exec.');
  const { shell, state } = values;
  if (shell !== undefined && shell !== 'browser' && shell !== 'electron') {
    return wrong(`--shell is "browser" or "electron", not "${shell}".`);
  }
  if (state === '') return wrong('--state needs a folder.');
  const port = values.port === undefined ? defaultPort : parsePort(values.port);
  if (port === null)
    return wrong(`--port is a number from 0 to 65535, not "${values.port ?? ''}".`);
  const exec = values.exec === undefined ? null : parseExec(values.exec);
  if (typeof exec === 'string') return wrong(exec);
  const options: StartOptions = {
    exec,
    port,
    portGiven: values.port !== undefined,
    shell: shell ?? null,
    state: state ?? null,
    open: values['no-open'] !== true,
    keep: values.keep === true,
  };
  return { kind: 'run', options };
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        exec: { type: 'string' },
        keep: { type: 'boolean' },
        port: { type: 'string' },
        shell: { type: 'string' },
        state: { type: 'string' },
        'no-open': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // Node's message names the option; its second sentence is about positional arguments, which we don't have.
    const message = error instanceof Error ? error.message : String(error);
    return `${message.split(/[.\n]/)[0] ?? message}.`;
  }
}

function parsePort(text: string): number | null {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port <= 65_535 ? port : null;
}

function parseExec(command: string): [string, ...string[]] | string {
  const words = splitWords(command);
  if (words === null) return '--exec has a quote that is never closed.';
  const [name, ...rest] = words;
  if (name === undefined)
    return "--exec needs a program, such as --exec 'curl http://127.0.0.1:8000/'.";
  const program = findProgram(name);
  if (program === null)
    return `--exec: there is no program "${name}". Install it, or give its path.`;
  return [program, ...rest];
}

/** Splits like a shell does with spaces, quotes and backslashes, and nothing else; null when a quote stays open. */
export function splitWords(command: string): string[] | null {
  const words: string[] = [];
  const piece = /\s+|"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)|([^\s"'\\]+)/gsy;
  let word: string | null = null;
  while (piece.lastIndex < command.length) {
    const match = piece.exec(command);
    if (match === null) return null;
    const text = match[1]?.replaceAll(/\\(["\\$`])/g, '$1') ?? match[2] ?? match[3] ?? match[4];
    if (text !== undefined) word = (word ?? '') + text;
    else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  return word === null ? words : [...words, word];
}
