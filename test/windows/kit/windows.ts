/** The programs of Windows that the kit uses. None of their words is read: they differ by language. */
import { spawn } from 'node:child_process';
import path from 'node:path';

export interface Finished {
  readonly code: number;
  readonly output: string;
}

export interface Windows {
  run(program: string, args: readonly string[]): Promise<Finished>;
  /** Throws with the program's words when it fails. */
  must(program: string, args: readonly string[]): Promise<string>;
  /** Throws when the script does. */
  powershell(script: string): Promise<string>;
}

const POWERSHELL = 'WindowsPowerShell\\v1.0\\powershell.exe';

/** How a script is run: program and arguments. It ends with 0 unless it throws. */
export function byPowershell(script: string): { program: string; args: readonly string[] } {
  const command = `$ErrorActionPreference = 'Stop'\n${script}\nexit 0`;
  const encoded = Buffer.from(command, 'utf16le').toString('base64');
  return {
    program: POWERSHELL,
    args: ['-NoProfile', '-NonInteractive', '-EncodedCommand', encoded],
  };
}

/** By its full path, so that no program of the current folder is taken for it. */
export function systemProgram(name: string): string {
  return path.win32.join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', name);
}

export const windows: Windows = {
  run: (program, args) => runProgram(systemProgram(program), args),
  async must(program, args) {
    const { code, output } = await this.run(program, args);
    if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${code}: ${output.trim()}`);
    return output;
  },
  powershell(script) {
    const { program, args } = byPowershell(script);
    return this.must(program, args);
  },
};

function runProgram(program: string, args: readonly string[]): Promise<Finished> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 128, output }));
  });
}

/** A text in a PowerShell script, which takes typographic quotes for quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll(/['\u2018-\u201b]/g, '$&$&')}'`;
}
