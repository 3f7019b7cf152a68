/** A handle that somebody with lesser rights opens. */
import { windowsDevice } from '../../../src-main/driver/device-windows.ts';
import { encodeHello } from '../../../src-main/driver/messages.ts';
import * as wire from '../../../src-main/driver/wire.gen.ts';
import { actingAs, type Lesser } from './tokens.ts';

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
