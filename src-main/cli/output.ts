/** What the command line prints. Text that a program may have chosen cannot move the cursor, hide or turn anything. */
import type { Writable } from 'node:stream';

/** Controls, format characters (bidi, zero-width, tags), lone surrogates and what else leaves no ink; U+0020 stays. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{DI}]|(?! )\p{Zs}/gu;

/** The text with everything that cannot be seen spelled out as `\u{202e}`. */
export function visible(text: string): string {
  return text.replaceAll(unseen, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}

/** One document for other programs. Still valid JSON, and as safe to look at in a terminal. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return text.replaceAll(unseen, (one) => (one === '\n' ? one : escaped(one)));
}

function escaped(text: string): string {
  return Array.from({ length: text.length }, (_, index) => {
    return `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}

/** Rows under each other; the last column is as wide as it likes. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) => `${rowText(row, widths)}\n`).join('');
}

function rowText(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  return cells.join('  ').trimEnd();
}

/** A time for people, in the time zone of the user and the order of ISO 8601. */
export function timeText(time: number): string {
  const local = new Date(time - new Date(time).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}

export interface Printer {
  /** Resolves when there is room for more. After the reader has gone, nothing happens any more. */
  print(text: string): Promise<void>;
  readonly isClosed: boolean;
}

/** A reader that goes early (`| head`) is no error. */
export function printerTo(stream: Writable): Printer {
  let isClosed = false;
  stream.on('error', () => (isClosed = true));
  return {
    get isClosed() {
      return isClosed;
    },
    print(text) {
      if (isClosed) return Promise.resolve();
      return new Promise((resolve) => void stream.write(text, () => resolve()));
    },
  };
}
