/** Portreeve's driver client over a device of any kind, and the device below it. */
import { createDriverClient } from '../../../src-main/driver/client.ts';
import type { DeviceKind } from '../../../src-main/driver/device.ts';
import { decodeWelcome, encodeHello, encodeRead } from '../../../src-main/driver/messages.ts';
import { defaultPolicy } from '../../../src-main/driver/policy.ts';
import * as wire from '../../../src-main/driver/wire.gen.ts';
import type { DriverPort, HoldAnswer } from '../../../src-main/engine/ports.ts';
import { systemClock } from '../../../src-main/platform/clock.ts';
import type { Commands, Tell } from './serve.ts';

interface ClientOptions {
  readonly holdMs: number;
  /** Answers everything at once; else it waits to be told. */
  readonly always: HoldAnswer | null;
}

/**
 * Here the driver is a program like others, which a busy machine may leave without time for longer than a kernel ever
 * would be silent: so many seconds, and not the product's 5. What the client says when it gives up is tested in test/main.
 */
const PATIENCE = 120;

/** Starts the client; everything that it hears is told. */
function startClient(
  device: DeviceKind,
  { holdMs, always }: ClientOptions,
  tell: Tell,
): DriverPort {
  const policy = { ...defaultPolicy({ loopback: 'ask' }), holdMs };
  const kind = { ...device, patience: PATIENCE };
  const options = { kind, policy, clock: systemClock, version: 0x100, name: 'Driver' };
  const client = createDriverClient(options);
  client.start({
    connected: (description) => tell({ event: 'connected', description }),
    lost: ({ reason, remedy }) => tell({ event: 'lost', reason, remedy }),
    events: (events) => {
      const held = events.flatMap((event) => (event.kind === 'held' ? [event.id] : []));
      if (always !== null) void client.answer(held, always);
      else for (const event of events) tell({ event: event.kind, detail: event });
    },
  });
  return client;
}

/** Two reads that wait: one is cancelled by its client, the other ends with the handle. What each comes back with. */
async function cancelRead(kind: DeviceKind): Promise<{ cancelled: string; closed: string }> {
  const opened = await kind.open();
  if (!opened.ok) return { cancelled: `not opened: ${opened.failure.code}`, closed: '' };
  const { device } = opened;
  const hello = await device.ioctl(wire.IOCTL_HELLO, encodeHello(0x100), wire.WELCOME_BYTES);
  const welcome = hello.ok ? decodeWelcome(hello.output) : null;
  if (welcome?.ok !== true) return { cancelled: 'no welcome', closed: '' };
  const abort = new AbortController();
  const input = encodeRead(welcome.value.session);
  const read = (signal?: AbortSignal) =>
    device.ioctl(wire.IOCTL_READ_EVENTS, input, wire.MAX_EVENT_BATCH_BYTES, signal);
  const first = read(abort.signal);
  const second = read();
  setTimeout(() => abort.abort(), 100);
  const cancelled = await first;
  await device.close();
  const closed = await second;
  return {
    cancelled: cancelled.ok ? 'answered' : cancelled.failure.code,
    closed: closed.ok ? 'answered' : closed.failure.code,
  };
}

/** What the host may ask of every guest. */
export function clientCommands(kind: DeviceKind, tell: Tell): Commands {
  let client: DriverPort | null = null;
  return {
    start: (options: ClientOptions) => {
      client = startClient(kind, options, tell);
      return Promise.resolve(null);
    },
    answer: ({ id, verdict }: { id: string; verdict: HoldAnswer }) =>
      client?.answer([BigInt(id)], verdict) ?? Promise.resolve(0),
    stop: async () => {
      await client?.stop();
      client = null;
    },
    cancelRead: () => cancelRead(kind),
  };
}
