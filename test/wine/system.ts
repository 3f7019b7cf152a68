/** portreeve.sys in Wine as the shared cases use it. Connections are made by another program, through the lab's device. */
import assert from 'node:assert/strict';

import { explain } from '../../src-main/driver/device-windows.ts';
import type { Connection, Fate, Outcome, System } from '../device/cases.ts';
import { type Guest, startGuest } from './guest.ts';
import { type Service, wine } from './prefix.ts';

const FLOOD_MS = 600_000;
const PORT = 443;

class WineSystem implements System {
  readonly explain = explain;
  /** Wine does not tell what became of IRP_MJ_CREATE, so it is HELLO that is refused, with another status. */
  readonly second = 'access-denied';
  /** Wine has no process notifications. */
  readonly programKilled = 'endpoint-closed';
  readonly path = /\\node\.exe$/i;
  readonly target = { address: '10.0.0.1', port: PORT };
  #program: Guest | null = null;
  #endpoints = 0;

  /** Who makes the connections. Wine ends its services with the last program, so one is there from the beginning. */
  get program(): Guest {
    if (this.#program === null) throw new Error('there is no program yet');
    return this.#program;
  }

  /** With the filter engine; the driver is loaded later. */
  async start(): Promise<void> {
    this.#program = await startGuest('program');
    await startService('fwpkclnt');
  }

  client(name: string): Promise<Guest> {
    return startGuest(name);
  }

  connect(_fate: Fate): Promise<Connection> {
    this.#endpoints += 1;
    const endpoint = this.#endpoints;
    const { program } = this;
    const outcome = program.call('connect', { endpoint, port: PORT }) as Promise<Outcome>;
    return Promise.resolve({
      outcome,
      close: async () => void (await program.call('close', endpoint)),
      kill: async () => {
        await program.kill();
        this.#program = await startGuest('program');
      },
    });
  }

  /** So many at once. */
  async many(count: number, ms: number): Promise<number> {
    const from = this.#endpoints + 1;
    this.#endpoints += count;
    return (await this.program.call('many', { from, count }, ms)) as number;
  }

  async flood(count: number): Promise<number> {
    const { permitted } = (await this.program.call('flood', count, FLOOD_MS)) as {
      permitted: number;
    };
    return permitted;
  }

  load(): Promise<void> {
    return startService('portreeve');
  }

  async unload(): Promise<void> {
    const { output } = await wine.run('sc', 'stop', 'portreeve');
    assert.equal(await wine.stateOf('portreeve'), 'STOPPED', output);
    await this.program.call('restart');
    await this.clean();
  }

  async clean(): Promise<void> {
    assert.deepEqual(await this.program.call('report'), { broken: 0, pends: 0, text: '' });
  }
}

export const system = new WineSystem();

async function startService(service: Service): Promise<void> {
  const { output } = await wine.run('sc', 'start', service);
  assert.equal(await wine.stateOf(service), 'RUNNING', output);
}
