/** What a session says of a driver that falls silent. The driver here is no more than its silence. */
import { expect, test } from 'vitest';
import { type Device, type IoctlReply, failure } from '../../../src-main/driver/device.ts';
import { defaultPolicy } from '../../../src-main/driver/policy.ts';
import { Session, greet } from '../../../src-main/driver/session.ts';
import * as wire from '../../../src-main/driver/wire.gen.ts';

const PATIENCE = 1;

/** Answers nothing; its close ends everything, as both devices do. */
function silentDevice(): Device {
  const waiting: ((reply: IoctlReply) => void)[] = [];
  return {
    ioctl: () => new Promise((resolve) => waiting.push(resolve)),
    close: () => {
      for (const end of waiting.splice(0)) end(failure('gone', 'error 995'));
      return Promise.resolve();
    },
  };
}

function silence(code: number) {
  const detail = `no answer to request 0x${code.toString(16)} for ${PATIENCE} s`;
  return { code: 'gone', detail };
}

test('a greeting that nobody answers says what it has waited for', async () => {
  const policy = defaultPolicy({ loopback: 'ask' });
  const greeted = await greet(silentDevice(), 1, policy, PATIENCE);

  expect(greeted).toEqual({ ok: false, failure: silence(wire.IOCTL_HELLO) });
});

test('a session that an unanswered request has ended says so, not how its reads ended', async () => {
  const session = new Session(silentDevice(), 1n, { events: () => undefined }, PATIENCE);
  const ended = session.run();

  expect(await session.answer([1n], 'allow')).toBe(0);
  expect(await ended).toEqual(silence(wire.IOCTL_ANSWER));
});
