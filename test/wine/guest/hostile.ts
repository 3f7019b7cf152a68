/** The hostile client in Wine. Another program's connections are made by the host, which is asked for them. */
import { windowsDevice } from '../../../src-main/driver/device-windows.ts';
import type { World } from '../../hostile/handle.ts';
import { honest, hostileCases } from '../../hostile/list.ts';
import { goAsFarAs } from '../../hostile/victim.ts';
import type { Tell } from '../../device/guest/serve.ts';

export class Hostile {
  readonly #tell: Tell;
  readonly #world: World;
  readonly #asked: ((permitted: number) => void)[] = [];

  constructor(tell: Tell) {
    this.#tell = tell;
    this.#world = { open: () => windowsDevice().open(), connect: (count) => this.#connect(count) };
  }

  /** One case of the list, and a client after it that keeps to the rules. */
  async run(name: string): Promise<void> {
    const found = hostileCases.find(([one]) => one === name);
    if (found === undefined) throw new Error(`there is no case "${name}"`);
    await found[1](this.#world);
    await honest(this.#world);
  }

  /** Tells when it listens and when it is there. */
  async goAsFarAs(step: string): Promise<void> {
    await goAsFarAs(step, this.#world, () => this.#tell({ event: 'listens' }));
  }

  /** The connections that were asked for first have ended. */
  connected(permitted: number): Promise<void> {
    this.#asked.shift()?.(permitted);
    return Promise.resolve();
  }

  #connect(count: number): Promise<number> {
    this.#tell({ event: 'connect', count });
    return new Promise((resolve) => this.#asked.push(resolve));
  }
}
