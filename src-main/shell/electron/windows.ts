/** The two windows. The prompt is small, in the corner, on top, and never takes the focus by itself. */
import path from 'node:path';
import { BrowserWindow, screen } from 'electron';
import type { Role } from '../../../src-preload/contract/calls.ts';
import { pageAddress } from './page-request.ts';

const promptWidth = 440;
const firstPromptHeight = 420;
const margin = 16;

/** The prompt window, hidden; its page stays loaded, so that a card is painted at once. */
export function createPromptWindow(build: string): BrowserWindow {
  const window = new BrowserWindow({
    width: promptWidth,
    height: firstPromptHeight,
    useContentSize: true,
    show: false,
    frame: false,
    resizable: false,
    maximizable: false,
    minimizable: false,
    fullscreenable: false,
    skipTaskbar: true,
    alwaysOnTop: true,
    title: 'Portreeve',
    webPreferences: { ...preferences(build, 'prompt'), backgroundThrottling: false },
  });
  window.setAlwaysOnTop(true, 'pop-up-menu');
  void window.loadURL(pageAddress('prompt'));
  return window;
}

/** The manager window, shown once it has painted. */
export function createManagerWindow(build: string): BrowserWindow {
  const window = new BrowserWindow({
    width: 1180,
    height: 780,
    minWidth: 720,
    minHeight: 480,
    show: false,
    title: 'Portreeve',
    webPreferences: preferences(build, 'manager'),
  });
  window.setMenu(null);
  window.once('ready-to-show', () => window.show());
  void window.loadURL(pageAddress('manager'));
  return window;
}

function preferences(build: string, role: Role) {
  return { preload: path.join(build, 'preload', `${role}.cjs`), devTools: false };
}

/** Sizes the prompt to its content and puts it into the lower right corner of the screen with the pointer. */
export function placePrompt(window: BrowserWindow, height: number): void {
  const { workArea } = screen.getDisplayNearestPoint(screen.getCursorScreenPoint());
  const fitting = Math.min(Math.ceil(height), workArea.height - 2 * margin);
  window.setBounds({
    x: workArea.x + workArea.width - promptWidth - margin,
    y: workArea.y + workArea.height - fitting - margin,
    width: promptWidth,
    height: fitting,
  });
}
