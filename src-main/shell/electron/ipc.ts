/** The only file that uses ipcMain: every call goes to the router, as the role of the window that made it. */
import { type WebContents, ipcMain } from 'electron';
import {
  type CallName,
  type EventName,
  callChannel,
  calls,
  eventChannel,
} from '../../../src-preload/contract/calls.ts';
import type { Result } from '../../../src-preload/contract/model.ts';
import type { App } from '../../app.ts';
import { type RoleWindows, roleOfSender, senderOf } from '../desktop/sender.ts';

const refused: Result<never> = {
  ok: false,
  code: 'refused',
  message: 'This window may not make that call.',
};

/** Registers every call of the contract. `after` hears of calls that succeeded. */
export function registerCalls(
  router: App['router'],
  windows: () => RoleWindows,
  after: (name: CallName) => void,
): void {
  for (const name of Object.keys(calls) as CallName[]) {
    ipcMain.handle(callChannel(name), async (event, input: unknown) => {
      const role = roleOfSender(senderOf(event), windows());
      if (role === null) return refused;
      const result = await router.call(role, name, input);
      if (result.ok) after(name);
      return result;
    });
  }
}

/** Sends the event's present state to the window of its role. */
export function sendEvent(app: App, event: EventName, contents: WebContents | null): void {
  if (contents !== null && !contents.isDestroyed()) {
    contents.send(eventChannel(event), app.readState(event));
  }
}
