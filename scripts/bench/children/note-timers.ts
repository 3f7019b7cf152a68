/**
 * Loaded into Portreeve's main before its own code: at SIGUSR2, writes how long the timers were that have run out since the
 * last time, in ms, as JSON, into the file that NOTE_TIMERS names.
 */
import { createHook } from 'node:async_hooks';
import { writeFileSync } from 'node:fs';

const lengths = new Map<number, number>();
let over: number[] = [];
createHook({
  init(id, type, _trigger, resource) {
    // Node's own field; timers of promises are such objects as well.
    if (type === 'Timeout') {
      lengths.set(id, (resource as { _idleTimeout?: number })._idleTimeout ?? 0);
    }
  },
  before(id) {
    const ms = lengths.get(id);
    if (ms !== undefined) over.push(ms);
  },
  destroy(id) {
    lengths.delete(id);
  },
}).enable();
process.on('SIGUSR2', () => {
  writeFileSync(process.env['NOTE_TIMERS'] ?? '', JSON.stringify(over));
  over = [];
});
