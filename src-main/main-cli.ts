/** The command line: `portreeve COMMAND`. docs/cli.md says what it understands. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runCommandLine } from './cli/run.ts';

function readVersion(): string {
  const file = path.join(import.meta.dirname, '..', 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

process.exitCode = await runCommandLine({
  args: process.argv.slice(2),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  version: readVersion(),
});
