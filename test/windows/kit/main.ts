/**
 * The Windows kit: `node main.js`, which kit.ps1 starts. Goes on where it ended, over restarts. `undo` takes everything back.
 * `program`, `client` and `user` are the kit's own helpers.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';

import { catalogue, phases } from './catalogue.ts';
import { runClient } from './exercise.ts';
import type { Kit } from './kit.ts';
import { type Way, runProgram } from './program.ts';
import { undoAll } from './removal.ts';
import { reportOf } from './report.ts';
import { Store, runPhases } from './state.ts';
import { runUser } from './user.ts';
import { windows } from './windows.ts';

const folder = path.dirname(path.resolve(process.argv[1] ?? '.'));

async function ask(text: string): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  await lines.question(`${text} `);
  lines.close();
}

function openKit(): Kit {
  return { windows, store: new Store(path.join(folder, 'results.json')), folder, ask };
}

async function announce(): Promise<void> {
  const lines = phases.flatMap(({ changes }) => changes.map((change) => `  - ${change}`));
  console.log('Use a virtual machine, and take a snapshot of it now. This kit changes Windows:');
  console.log(lines.join('\n'));
  console.log('`kit.ps1 -Undo` takes all of it back, at any time.');
  await ask('Press Enter to begin, or Ctrl+C.');
}

async function runKit(): Promise<void> {
  const kit = openKit();
  if (kit.store.state.phase === 0 && kit.store.state.undo.length === 0) await announce();
  try {
    const done = await runPhases(phases, kit, kit.store);
    if (!done) console.log('\nRestart Windows, then run kit.ps1 again.');
    process.exitCode = kit.store.state.results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
  } finally {
    const file = path.join(folder, 'results.md');
    writeFileSync(file, reportOf(kit.store.state, catalogue));
    console.log(`\nThe results so far are in ${file} and results.json.`);
  }
}

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  run: runKit,
  undo: () => undoAll(openKit()),
  program: ([way = 'tcp', address = '', port = '0', count = '1']) =>
    runProgram(way as Way, address, Number(port), Number(count)),
  client: ([port = '0']) => runClient(Number(port)),
  user: ([file = '', image = '']) => runUser(file, image),
};

const [name = 'run', ...args] = process.argv.slice(2);
await commands[name]?.(args);
