/** Portreeve's driver client in Wine, and the device below it. */
import { createDriverClient } from '../../../src-main/driver/client.ts';
import { windowsDevice } from '../../../src-main/driver/device-windows.ts';
import { decodeWelcome, encodeHello, encodeRead } from '../../../src-main/driver/messages.ts';
import { defaultPolicy } from '../../../src-main/driver/policy.ts';
import * as wire from '../../../src-main/driver/wire.gen.ts';
import type { DriverPort, HoldAnswer } from '../../../src-main/engine/ports.ts';
import { actingAs, type Lesser } from './tokens.ts';
import { systemClock } from '../../../src-main/platform/clock.ts';

export type Tell = (event: Record<string, unknown>) => void;

export interface ClientOptions {
  readonly holdMs: number;
  /** Answers everything at once; else it waits to be told. */
  readonly always: HoldAnswer | null;
}

/**
 * In Wine the driver is a program like others, which a busy machine may leave without time for longer than a kernel ever
 * would be silent: so many seconds, and not the product's 5. What the client says when it gives up is tested in test/main.
 */
const PATIENCE = 120;

/** Starts the client; everything that it hears is told. */
export function startClient({ holdMs, always }: ClientOptions, tell: Tell): DriverPort {
  const policy = { ...defaultPolicy({ loopback: 'ask' }), holdMs };
  const kind = { ...windowsDevice(), patience: PATIENCE };
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

/** What becomes of a HELLO on a handle that a thread with this token opens. Wine looks at the token after the open. */
export function helloAs(kind: Lesser): Promise<string> {
  return actingAs(kind, async () => {
    const opened = await windowsDevice().open();
    if (!opened.ok) return opened.failure.code;
    const { device } = opened;
    const hello = await device.ioctl(wire.IOCTL_HELLO, encodeHello(0x100), wire.WELCOME_BYTES);
    await device.close();
    return hello.ok ? 'greeted' : hello.failure.code;
  });
}

/** Two reads that wait: one is cancelled by its client, the other ends with the handle. What each comes back with. */
export async function cancelRead(): Promise<{ cancelled: string; closed: string }> {
  const opened = await windowsDevice().open();
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
