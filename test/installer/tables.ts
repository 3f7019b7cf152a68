/** The tables of an MSI package, by msitools: read, and written back. Their text form is Windows Installer's archive format. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { mustRun } from './pack.ts';

/** Values by column. */
export type Row = Readonly<Record<string, string>>;

export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** The lines of types and of keys, as they were. */
  readonly head: readonly string[];
  readonly rows: readonly Row[];
}

export async function readTable(file: string, name: string): Promise<Table> {
  // It writes what is in streams into the folder that it runs in.
  const text = await mustRun('msiinfo', ['export', file, name], path.dirname(file));
  const [columns = [], ...lines] = text
    .replaceAll('\r', '')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  const head = lines.slice(0, 2).map((line) => line.join('\t'));
  const rows = lines
    .slice(2)
    .map((values) =>
      Object.fromEntries(columns.map((column, index) => [column, values[index] ?? ''])),
    );
  return { name, columns, head, rows };
}

/** Puts these tables in the place of those that the package has. */
export async function writeTables(file: string, tables: readonly Table[]): Promise<void> {
  const folder = `${file}.tables`;
  mkdirSync(folder, { recursive: true });
  const files = tables.map(({ name, columns, head, rows }) => {
    const lines = rows.map((row) => columns.map((column) => row[column] ?? '').join('\t'));
    const written = path.join(folder, `${name}.idt`);
    writeFileSync(written, [columns.join('\t'), ...head, ...lines, ''].join('\r\n'));
    return written;
  });
  await mustRun('msibuild', [file, ...files.flatMap((written) => ['-i', written])]);
}

/** Reads a table, and writes what becomes of it. */
export async function changeTable(
  file: string,
  name: string,
  change: (rows: readonly Row[]) => readonly Row[],
): Promise<void> {
  const table = await readTable(file, name);
  await writeTables(file, [{ ...table, rows: change(table.rows) }]);
}
