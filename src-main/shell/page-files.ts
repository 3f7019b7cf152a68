/**
 * The built pages as an allow-list: every file is listed and read once at the start, and a request can only name an
 * entry of that list. No request is ever turned into a path.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

export type PageFiles = ReadonlyMap<string, PageFile>;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** All files below `folder` whose type is known, by their URL path ("/assets/x.js"). Throws when it can't be read. */
export function readPageFiles(folder: string): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const type = types[path.extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const name = `/${path.relative(folder, file).split(path.sep).join('/')}`;
    files.set(name, { type, body: readFileSync(file) });
  }
  return files;
}
