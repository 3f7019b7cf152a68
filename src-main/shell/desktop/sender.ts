/** Which role a frame may call as. */
import type { Role } from '../../../src-preload/contract/calls.ts';

export interface Sender {
  readonly webContentsId: number;
  /** Null when the frame has gone in the meantime. */
  readonly frame: { readonly origin: string; readonly isMainFrame: boolean } | null;
}

/** What an event of Electron's IPC has of its sender. */
interface CallEvent {
  readonly senderFrame: { readonly origin: string } | null;
  readonly sender: { readonly id: number; readonly mainFrame: unknown };
}

export function senderOf({ senderFrame, sender }: CallEvent): Sender {
  const isMainFrame = senderFrame === sender.mainFrame;
  const frame = senderFrame === null ? null : { origin: senderFrame.origin, isMainFrame };
  return { webContentsId: sender.id, frame };
}

/** The id of the web contents that was created for each role; null while it has no window. */
export type RoleWindows = Readonly<Record<Role, number | null>>;

/** The role of the main frame of the very window that was made for it, showing the role's own origin; else null. */
export function roleOfSender(sender: Sender, windows: RoleWindows): Role | null {
  const role = (['prompt', 'manager'] as const).find(
    (known) => windows[known] === sender.webContentsId,
  );
  if (role === undefined || sender.frame === null || !sender.frame.isMainFrame) return null;
  return sender.frame.origin === `app://${role}` ? role : null;
}
