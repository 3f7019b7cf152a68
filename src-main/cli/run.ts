/** Runs one command line: what is typed, to an exit code. */
import type { Readable, Writable } from 'node:stream';
import { type Command, CommanderError } from 'commander';
import { makePrivate, stateFolder } from '../folders.ts';
import { FILES, wantsFile } from './completion.ts';
import { Context } from './context.ts';
import { Failure, exitCodes } from './failure.ts';
import { type Printer, printerTo, visible } from './output.ts';
import { type Runner, buildProgram } from './program.ts';
import { type Session, reachRunning } from './session.ts';

export interface CommandLine {
  /** Without the names of the program. */
  readonly args: readonly string[];
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly version: string;
  /** Where the rules are unless --state says so; otherwise the environment and the system say it. */
  readonly folder?: string;
  /** Why this process must not touch the rules, in whole sentences; null, or without it, it may. */
  readonly refusal?: () => string | null;
}

const notYours =
  'The folder for rules cannot be used: it must be yours alone. Choose one with --state.';

/** Never rejects. */
export async function runCommandLine(line: CommandLine): Promise<number> {
  const { args, stdin, stdout, stderr, version } = line;
  const out = printerTo(stdout);
  const errors = printerTo(stderr);
  const say = (line: string): void => void errors.print(`${line}\n`);
  const fail = (message: string): void => say(`portreeve: ${oneLine(message)}`);
  const run: Runner = async (work) => {
    const { state, json = false } = program.opts<{ state?: string; json?: boolean }>();
    const folder = stateFolder(state ?? line.folder);
    const refusal = line.refusal?.() ?? null;
    if (refusal !== null) throw new Failure(exitCodes.store, refusal);
    const session = await openSession(folder, fail);
    try {
      await work(new Context({ session, stateFolder: folder, isJson: json, stdin, out, say }));
    } finally {
      await session.close();
    }
  };
  const program = buildProgram(run, version);
  const print = (printer: Printer) => (text: string) => void printer.print(text);
  prepare(program, { write: print(out), warn: print(errors), fail });
  try {
    if (wantsFile(args)) await out.print(FILES);
    else await program.parseAsync(args, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    return codeOf(error, fail);
  }
}

interface Words {
  readonly write: (text: string) => void;
  readonly warn: (text: string) => void;
  readonly fail: (line: string) => void;
}

/** Commander's words are printed as ours are, and end nothing by themselves. */
function prepare(command: Command, words: Words): void {
  command.exitOverride().configureOutput({
    writeOut: words.write,
    writeErr: words.warn,
    outputError: (text) => words.fail(text.replace(/^error: /, '')),
  });
  for (const inner of command.commands) prepare(inner, words);
}

/** Spelled out, so that nothing that was typed reaches the terminal as it is. */
function oneLine(text: string): string {
  return visible(text.trim().replaceAll(/\s*\n\s*/g, ' '));
}

function codeOf(error: unknown, fail: (line: string) => void): number {
  if (error instanceof Failure) {
    fail(error.message);
    return error.exitCode;
  }
  if (error instanceof CommanderError) {
    const asked = error.code === 'commander.helpDisplayed' || error.code === 'commander.version';
    return asked ? exitCodes.done : exitCodes.input;
  }
  fail(`An error of its own: ${error instanceof Error ? error.message : String(error)}`);
  return exitCodes.internal;
}

async function openSession(folder: string, warn: (line: string) => void): Promise<Session> {
  const reached = await reachRunning(folder);
  if (reached.kind === 'running') return reached.session;
  if (reached.kind === 'refused') throw new Failure(exitCodes.refused, reached.why);
  if (!makePrivate(folder)) throw new Failure(exitCodes.store, notYours);
  // The engine is loaded only where it has to work.
  const { openStoreSession } = await import('./store-session.ts');
  return openStoreSession(folder, warn);
}
