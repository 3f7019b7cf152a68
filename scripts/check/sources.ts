/** The files that the checks look at. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Source {
  /** Path from the root, with forward slashes. */
  readonly file: string;
  readonly text: string;
}

export interface Finding {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

const folders = ['driver', 'src-main', 'src-preload', 'src-renderer', 'scripts', 'test'];
const skipped = new Set(['node_modules', 'build', 'fixtures']);
const wanted = /\.(ts|tsx|mjs|c|h|html|css)$/;

/** Every source file under the source folders of `root`. */
export function readSources(root: string): Source[] {
  return folders
    .flatMap((folder) => walk(path.join(root, folder)))
    .filter((file) => wanted.test(file))
    .map((file) => ({
      file: path.relative(root, file).split(path.sep).join('/'),
      text: readFileSync(file, 'utf8'),
    }));
}

function walk(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : walk(file);
    return entry.isFile() ? [file] : [];
  });
}

/** The text with comments blanked out; lines and columns stay where they are. */
export function withoutComments(text: string): string {
  return text.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (match, literal: string | undefined) => literal ?? match.replace(/[^\n]/g, ' '),
  );
}

/** 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
