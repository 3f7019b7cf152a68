/** What comes from and goes to Windows besides windows: toasts, power, lock, the jump list, and what is asked in a box. */
import { type BrowserWindow, Notification, app, dialog, powerMonitor } from 'electron';
import type { Toast } from '../desktop/missed.ts';
import type { Watch } from '../desktop/watch.ts';
import type { Words } from '../desktop/words.ts';
import { ownSwitches } from '../start/launch.ts';
import type { Question } from '../start/refusals.ts';

/** The id under which Windows shows toasts and groups windows; the installer's shortcut has the same. */
const applicationId = 'org.portreeve.app';

/** A toast; Focus Assist is Windows' own business. A click on it does `open`. */
export function showToast({ title, text }: Toast, open: () => void): void {
  if (!Notification.isSupported()) return;
  const notice = new Notification({ title, body: text, silent: true });
  notice.on('click', open);
  notice.show();
}

/** Lock, unlock, sleep and wake, as the watch wants to know them. */
export function listenToPower(watch: Watch): void {
  powerMonitor.on('lock-screen', () => watch.told({ locked: true }));
  powerMonitor.on('unlock-screen', () => watch.told({ locked: false }));
  powerMonitor.on('suspend', () => watch.told({ suspended: true }));
  powerMonitor.on('resume', () => watch.told({ suspended: false }));
}

/** `canOpen`: "Open Portreeve" at the task bar's button; a second instance only raises the first one's window. */
export function registerWithWindows(words: Words, canOpen: boolean): void {
  if (process.platform !== 'win32') return;
  app.setAppUserModelId(applicationId);
  if (!canOpen) return;
  const { execPath: program } = process;
  const task = { title: words.open, description: words.open, iconPath: program, iconIndex: 0 };
  app.setUserTasks([{ ...task, program, arguments: ownSwitches.manager }]);
}

/** Resolves with the number of the button; that of closing the box is the last one's. */
export async function askInBox({ buttons, preferred, ...said }: Question): Promise<number> {
  const last = buttons.length - 1;
  const choice = {
    buttons: [...buttons],
    defaultId: preferred ?? last,
    cancelId: last,
    noLink: true,
  };
  const box = { title: 'Portreeve', type: 'question' as const, ...said, ...choice };
  return (await dialog.showMessageBox(box)).response;
}

/** Where a file is to be saved; null where its user does not want that. */
export async function askWhere(over: BrowserWindow | null, name: string): Promise<string | null> {
  const asked = { defaultPath: name, filters: [{ name: 'JSON', extensions: ['json'] }] };
  const chosen = await (over === null
    ? dialog.showSaveDialog(asked)
    : dialog.showSaveDialog(over, asked));
  return chosen.canceled ? null : chosen.filePath;
}
