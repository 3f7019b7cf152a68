/** The two windows. The prompt is small, in the corner, on top, and never takes the focus by itself. */
import path from 'node:path';
import { BrowserWindow, type BrowserWindowConstructorOptions, app, screen } from 'electron';
import type { Role } from '../../../src-preload/contract/calls.ts';
import { pageAddress } from '../desktop/page-request.ts';
import { managerSize, promptBounds, promptWidth } from '../desktop/placement.ts';
import { Revival } from '../desktop/revival.ts';

const firstPromptHeight = 420;

/** The prompt window, hidden; its page stays loaded, so that a card is painted at once. */
export function createPromptWindow(build: string): BrowserWindow {
  const window = createWindow(build, 'prompt', {
    width: promptWidth,
    height: firstPromptHeight,
    useContentSize: true,
    frame: false,
    resizable: false,
    maximizable: false,
    minimizable: false,
    fullscreenable: false,
    skipTaskbar: true,
    alwaysOnTop: true,
  });
  window.setAlwaysOnTop(true, 'pop-up-menu');
  return window;
}

/** The manager window, shown once it has painted. */
export function createManagerWindow(build: string): BrowserWindow {
  const window = createWindow(build, 'manager', {
    ...managerSize(screen.getDisplayNearestPoint(screen.getCursorScreenPoint()).workArea),
    icon: path.join(build, 'main', 'icon.ico'),
  });
  window.setMenu(null);
  window.once('ready-to-show', () => window.show());
  return window;
}

function createWindow(
  build: string,
  role: Role,
  options: BrowserWindowConstructorOptions,
): BrowserWindow {
  const preload = path.join(build, 'preload', `${role}.cjs`);
  const background = role === 'prompt' ? { backgroundThrottling: false } : {};
  const window = new BrowserWindow({
    ...options,
    show: false,
    title: 'Portreeve',
    webPreferences: { preload, devTools: false, ...background },
  });
  revive(window);
  void window.loadURL(pageAddress(role));
  return window;
}

/** A page whose process is gone, or that hangs, is loaded again; so are all when the GPU process is gone. */
function revive(window: BrowserWindow): void {
  const contents = window.webContents;
  const revival = new Revival();
  const reload = (): void => {
    const again = (): void => {
      if (!window.isDestroyed()) contents.reload();
    };
    setTimeout(again, revival.afterDeath(Date.now()));
  };
  const onGpu = (_event: unknown, { type, reason }: { type: string; reason: string }): void => {
    if (type === 'GPU' && reason !== 'clean-exit') reload();
  };
  contents.on('render-process-gone', (_event, { reason }) => {
    if (reason !== 'clean-exit') reload();
  });
  window.on('unresponsive', () => contents.forcefullyCrashRenderer());
  app.on('child-process-gone', onGpu);
  window.once('closed', () => app.off('child-process-gone', onGpu));
}

/** Sizes the prompt to its content and puts it into the lower right corner of the screen with the pointer. */
export function placePrompt(window: BrowserWindow, height: number): void {
  const { workArea } = screen.getDisplayNearestPoint(screen.getCursorScreenPoint());
  window.setBounds(promptBounds(workArea, height));
}
