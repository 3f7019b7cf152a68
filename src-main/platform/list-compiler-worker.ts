/** The thread of list-compiler.ts: takes one file, sends back its sets without copying them. */
import { parentPort } from 'node:worker_threads';
import { compileList } from '../engine/blocklists/compile.ts';
import type { Compiled } from '../engine/blocklists/compile.ts';

parentPort?.once('message', (file: Uint8Array) => {
  const compiled = compileList(file);
  parentPort?.postMessage(compiled, buffersOf(compiled));
});

function buffersOf(compiled: Compiled): ArrayBuffer[] {
  if (!compiled.ok) return [];
  const { names, ipv4, ipv6 } = compiled.list;
  const ranges = [ipv4, ipv6].flatMap(({ starts, ends, lines }) => [starts, ends, lines]);
  const own = [names.bytes, names.starts, names.lines];
  return [...own, ...ranges].map(({ buffer }) => buffer);
}
