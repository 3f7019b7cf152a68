/** Names from Windows' DNS client cache. Programs that look names up by themselves (DNS over HTTPS) leave no trace there. */
import type { NamesPort } from '../engine/ports.ts';
import { KnownNames } from './known-names.ts';
import type { WindowsFacts } from './windows/facts.ts';

/** A look that takes longer is not waited for. */
const MOST_MS = 500;

/** What this needs of the thread that asks Windows. */
export type NamesSource = Pick<WindowsFacts, 'ask'>;

export function windowsNames(facts: NamesSource): NamesPort {
  const names = new KnownNames('dns-cache');
  let looking: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    const cached = await facts.ask('names', undefined);
    names.learn(cached ?? [], Date.now());
  };
  const start = (): Promise<void> => {
    looking = look().finally(() => {
      looking = null;
    });
    return looking;
  };
  return {
    namesOf: (address) => names.of(address, Date.now()),
    // One that has begun may have missed what was looked up since, so that whoever comes later waits for another.
    refresh() {
      if (looking === null) return atMost(start());
      next ??= looking.then(() => {
        next = null;
        return start();
      });
      return atMost(next);
    },
  };
}

/** Resolves with the work or after a while. */
async function atMost(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, MOST_MS);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}
