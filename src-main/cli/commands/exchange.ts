/** `portreeve rules export` and `import`. */
import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync, rmSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { ImportReport } from '../../../src-preload/contract/rules.ts';
import { moveIntoPlace } from '../../engine/durable-file.ts';
import { MAX_TEXT } from '../../engine/exchange/format.ts';
import type { Context } from '../context.ts';
import { Failure, exitCodes, wrongInput } from '../failure.ts';
import { jsonText, visible } from '../output.ts';
import { ruleSentence } from '../words.ts';
import { sayUndo } from './rules.ts';

/** UTF-8 has at most this many bytes for a UTF-16 unit. */
const MAX_BYTES = 3 * MAX_TEXT;

export interface ExportOptions {
  readonly ids?: readonly string[];
  readonly force?: boolean;
}

/** Without a file to standard output. A file is there whole or not at all. */
export async function exportRules(
  context: Context,
  file: string | undefined,
  { ids, force = false }: ExportOptions,
): Promise<void> {
  if (ids !== undefined) await context.rulesOf(ids);
  const { text, exported, leftOut } = await context.call('exportRules', {
    ruleIds: ids === undefined ? null : [...ids],
  });
  if (file === undefined || file === '-') await context.out.print(text);
  else writeFile(file, text, force);
  if (file !== undefined) context.say(`Exported ${exported} rules.`);
  if (leftOut > 0) context.say(`Left out ${leftOut} that do not hold always.`);
}

function writeFile(file: string, text: string, force: boolean): void {
  if (existsSync(file) && !force) {
    throw wrongInput(`${visible(file)} is there already. Add --force to replace it.`);
  }
  // A new name that nobody can have prepared, and the place of the file only for the whole of it.
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    writeFileSync(draft, text, { flag: 'wx', mode: 0o600 });
    moveIntoPlace(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw wrongInput(`${visible(file)} could not be written: ${reasonOf(error)}.`);
  }
}

export interface ImportOptions {
  readonly dryRun?: boolean;
}

/** All of the file or nothing; `-` is standard input. */
export async function importRules(
  context: Context,
  file: string,
  { dryRun = false, input }: ImportOptions & { readonly input: Readable },
): Promise<void> {
  const text = file === '-' ? await readStream(input, file) : await readFile(file);
  if (text.length > MAX_TEXT) throw tooBig(file);
  const report = await context.call('importRules', { text, dryRun });
  if (report.problems.length > 0) throw problemsOf(context, file, report);
  await context.show(report, () => reportText(report, dryRun));
  if (report.undoId !== null) sayUndo(context, report.undoId);
}

/** Not by its size: a device has none, and does not end. */
async function readFile(file: string): Promise<string> {
  try {
    return await readStream(createReadStream(file), file);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw wrongInput(`${visible(file)} could not be read: ${reasonOf(error)}.`);
  }
}

async function readStream(input: Readable, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw tooBig(name);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function tooBig(file: string): Failure {
  return wrongInput(`${visible(file)} is too big for a file of rules.`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function problemsOf({ say, isJson }: Context, file: string, report: ImportReport): Failure {
  const { problems, problemTotal } = report;
  if (isJson) say(jsonText({ problems, problemTotal }));
  else for (const { line, reason } of problems) say(`${visible(file)}:${line}: ${visible(reason)}`);
  const count = problemTotal === 1 ? '1 problem' : `${problemTotal} problems`;
  return new Failure(exitCodes.input, `The file has ${count}; nothing was imported.`);
}

function reportText(report: ImportReport, dryRun: boolean): string {
  const { added, replaced, unchanged, changes } = report;
  const head = dryRun ? 'It would add' : 'Added';
  const shown = changes.map(({ kind, rule }) => {
    return `  ${kind === 'added' ? '+' : '~'} ${ruleSentence(rule)}`;
  });
  const more = added + replaced - changes.length;
  if (more > 0) shown.push(`  and ${more} more`);
  const lines = [
    `${head} ${added}, replace ${replaced}, leave ${unchanged} as they are.`,
    ...shown,
  ];
  return `${lines.join('\n')}\n`;
}
