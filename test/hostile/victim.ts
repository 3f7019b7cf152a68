/** A client that goes one step after the other and stops after one of them, to be killed there. */
import assert from 'node:assert/strict';

import { Handle, type World } from './handle.ts';

type Step = (handle: Handle, ids: bigint[]) => Promise<unknown>;

const steps: Readonly<Record<string, Step>> = {
  open: () => Promise.resolve(),
  hello: async (handle) => assert.ok(await handle.hello()),
  policy: (handle) => handle.setPolicy(),
  read: (handle) => {
    void handle.read();
    return Promise.resolve();
  },
  held: async (handle, ids) => ids.push(...(await handle.held(2))),
  answer: async (handle, ids) => handle.answer(ids.slice(0, 1), 'allow'),
  status: (handle) => handle.status(),
};

export const stepNames = Object.keys(steps);

/** From here on the victim has had its connections to answer for. */
export function needsConnections(step: string): boolean {
  return stepNames.indexOf(step) >= stepNames.indexOf('held');
}

/** How many of two connections a victim has answered that dies after this step. */
export function answeredBy(step: string): number {
  return stepNames.indexOf(step) >= stepNames.indexOf('answer') ? 1 : 0;
}

/** Resolves after the last step, with the handle open. `listens`: from here on connections are held. */
export async function goAsFarAs(
  last: string,
  world: Pick<World, 'open'>,
  listens: () => void,
): Promise<void> {
  const handle = await Handle.open({ ...world, connect: () => Promise.resolve(0) });
  const ids: bigint[] = [];
  for (const name of stepNames.slice(0, stepNames.indexOf(last) + 1)) {
    // A read that waits would take the events.
    if (name === 'read' && last !== 'read') continue;
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    await steps[name]?.(handle, ids);
    if (name === 'policy') listens();
  }
}
