/** The thread of journal-searcher.ts. */
import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

import { SearchDesk } from '../engine/journal/search-desk.ts';
import type { Answered, Asked, Order } from './journal-searcher.ts';

const desk = new SearchDesk(String(workerData), () => setImmediate());

parentPort?.on('message', ({ id, order }: Asked) => {
  void answer(order).then((result) => parentPort?.postMessage({ id, result } satisfies Answered));
});

function answer(order: Order): Promise<Answered['result']> {
  if (order.kind === 'picture') return desk.picture(order.question);
  return desk.page(order.question, order.limit, order.before);
}
