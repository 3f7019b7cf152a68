/**
 * The scheduled task that starts Portreeve at logon, switched on and off. Looking and switching is Windows' own `schtasks`,
 * making it the installer's program, which also says who may change the task: one that the user's programs could change would
 * start anything with an administrator's rights.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';

import type { AutostartView } from '../../src-preload/contract/upkeep.ts';

/** What a program ended with; `code` is null where it could not be run to its end. */
export interface Ran {
  readonly code: number | null;
  readonly output: Buffer;
}

export type TaskKind = 'logon' | 'service';

interface Kind {
  /** What starts it. */
  readonly trigger: string;
  /** Of the installer's program, which makes it. */
  readonly verb: string;
}

const kinds: Readonly<Record<TaskKind, Kind>> = {
  logon: { trigger: 'LogonTrigger', verb: 'task' },
  service: { trigger: 'BootTrigger', verb: 'task-service' },
};

export interface AutostartTools {
  /** Path of the task. */
  readonly task: string;
  readonly kind: TaskKind;
  /** What the task is to start: an absolute path. */
  readonly program: string;
  /** The installer's program. */
  readonly setup: string;
  /** Windows' own folder of programs, whatever the environment says. */
  readonly systemFolder: string;
  run(program: string, args: readonly string[]): Promise<Ran>;
}

export interface Autostart {
  read(): Promise<AutostartView>;
  /** What it is after that. Never rejects. */
  set(on: boolean): Promise<AutostartView>;
  /** Starts what the task starts, now. Never rejects. */
  run(): Promise<AutostartView>;
}

const MAX_OUTPUT = 65_536;
const MAX_DETAIL = 300;
const PATIENCE_MS = 20_000;

export function createAutostart(tools: AutostartTools): Autostart {
  const schtasks = path.win32.join(tools.systemFolder, 'schtasks.exe');
  const kind = kinds[tools.kind];
  const named = ['/TN', tools.task];
  const read = async (): Promise<AutostartView> => {
    const ran = await tools.run(schtasks, ['/Query', ...named, '/XML', 'ONE']);
    if (ran.code === 1) return { kind: 'missing' };
    return ran.code === 0 ? viewOf(textOf(ran.output), tools.program, kind) : failed(ran);
  };
  const change = (flag: string): Promise<Ran> => tools.run(schtasks, ['/Change', ...named, flag]);
  const make = async (): Promise<Ran> => {
    const made = await tools.run(tools.setup, [kind.verb, tools.program]);
    // What it noted is for an installation that is taken back.
    if (made.code === 0) await tools.run(tools.setup, ['forget']);
    return made;
  };
  const after = async (ran: Ran): Promise<AutostartView> => (ran.code === 0 ? read() : failed(ran));
  return {
    read,
    async set(on) {
      let is = await read();
      if (on && (is.kind === 'missing' || is.kind === 'other')) is = await after(await make());
      // A task that was just made may be switched off.
      if (is.kind === (on ? 'on' : 'off') || (!on && is.kind === 'missing')) return is;
      if (on && is.kind !== 'off') return is;
      return after(await change(on ? '/ENABLE' : '/DISABLE'));
    },
    run: async () => after(await tools.run(schtasks, ['/Run', ...named])),
  };
}

function failed(ran: Ran): AutostartView {
  return { kind: 'unknown', detail: saidBy(ran) };
}

/** What a program said in one line, else its code. */
export function saidBy({ code, output }: Ran): string {
  const said = textOf(output).replaceAll(/\s+/gu, ' ').trim().slice(0, MAX_DETAIL);
  return said === '' ? `code ${code ?? 'none'}` : said;
}

/** schtasks writes UTF-16 into some files, else the console's code page, of which only ASCII is certain. */
function textOf(output: Buffer): string {
  if (!output.includes(0)) return output.toString('latin1');
  return output.subarray(0, output.length & ~1).toString('utf16le');
}

/** [MS-TSCH] 2.5.1; a task without `Enabled` is enabled, and each trigger has its own. */
function viewOf(xml: string, program: string, { trigger }: Kind): AutostartView {
  const command = /<Command>([^<]*)<\/Command>/u.exec(xml)?.[1] ?? '';
  if (comparable(unescaped(command)) !== comparable(program)) return { kind: 'other' };
  const settings = /<Settings>[\s\S]*<\/Settings>/u.exec(xml)?.[0] ?? '';
  const triggers = /<Triggers>[\s\S]*<\/Triggers>/u.exec(xml)?.[0] ?? '';
  const isOff = (part: string): boolean => /<Enabled>\s*false\s*<\/Enabled>/u.test(part);
  if (!triggers.includes(`<${trigger}>`) || isOff(triggers)) return { kind: 'other' };
  return { kind: isOff(settings) ? 'off' : 'on' };
}

const unescape: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

function unescaped(text: string): string {
  return text.replaceAll(/&(?:lt|gt|quot|apos|amp);/gu, (one) => unescape[one] ?? one);
}

/** Letters that a code page can have changed are not compared. */
function comparable(file: string): string {
  const plain = file.trim().replaceAll('"', '').toLowerCase();
  return path.win32.normalize(plain).replaceAll(/[^ -~]+/gu, '?');
}

/** Runs a program of Windows or of the installer, with nothing of the user's environment. */
export function runProgram(
  program: string,
  args: readonly string[],
  systemFolder: string,
): Promise<Ran> {
  const SystemRoot = path.win32.dirname(systemFolder);
  const options = {
    encoding: 'buffer',
    env: { SystemRoot },
    maxBuffer: MAX_OUTPUT,
    timeout: PATIENCE_MS,
    windowsHide: true,
  } as const;
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : null;
      resolve({ code: error === null ? 0 : code, output: Buffer.concat([stdout, stderr]) });
    });
  });
}
