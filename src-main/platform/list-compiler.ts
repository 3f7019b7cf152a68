/** Compiles blocklists in a thread of their own, which ends afterwards and gives its memory back. */
import { Worker } from 'node:worker_threads';
import type { Compiled } from '../engine/blocklists/compile.ts';

/** Never rejects: a thread that fails has had too little memory. */
export function compileInWorker(file: Uint8Array): Promise<Compiled> {
  const worker = new Worker(new URL('./list-compiler-worker.ts', import.meta.url));
  const tooBig: Compiled = { ok: false, refusal: 'too-big' };
  return new Promise<Compiled>((resolve) => {
    worker.once('message', resolve);
    worker.once('error', () => resolve(tooBig));
    worker.once('exit', () => resolve(tooBig));
    worker.postMessage(file);
  }).finally(() => void worker.terminate());
}
