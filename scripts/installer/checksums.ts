/** SHA256SUMS of what is published, in the format of sha256sum. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const published = /\.(msi|json|zip|sys)$/;

/** Hash of a file's bytes, in hexadecimal. */
export function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** "path hash" of every file below a folder, sorted: two builds are the same when these are. */
export function treeHashes(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => `${path.relative(folder, file).split(path.sep).join('/')} ${sha256(file)}`)
    .toSorted();
}

/** Writes SHA256SUMS into the folder. */
export function writeChecksums(folder: string): void {
  const names = readdirSync(folder)
    .filter((name) => published.test(name))
    .toSorted();
  const lines = names.map((name) => `${sha256(path.join(folder, name))}  ${name}\n`);
  writeFileSync(path.join(folder, 'SHA256SUMS'), lines.join(''));
}
