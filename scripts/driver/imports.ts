/** Reviewed imports: "library name name ..." a line. Import libraries are made from them, so nothing else can be linked. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { root } from '../process.ts';

/** Names by library, in the order of the files. */
export function readImports(files: readonly string[]): Map<string, string[]> {
  const imports = new Map<string, string[]>();
  const lines = files.flatMap((file) => readFileSync(path.join(root, file), 'utf8').split('\n'));
  for (const line of lines.filter((text) => text !== '' && !text.startsWith('#'))) {
    const [library = '', ...names] = line.split(' ');
    imports.set(library, [...(imports.get(library) ?? []), ...names]);
  }
  return imports;
}

/** A module-definition file. */
export function definition(library: string, names: readonly string[]): string {
  return ['LIBRARY ' + library, 'EXPORTS', ...names, ''].join('\n');
}
