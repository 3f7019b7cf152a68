/** The version of a Portreeve that is developed: that of package.json. An installed one is told by Electron. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export function ownVersion(): string {
  const file = path.join(path.dirname(import.meta.dirname), 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
