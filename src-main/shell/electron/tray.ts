/** The tray's icon and menu, which `Glance` decides about. */
import path from 'node:path';
import { Menu, Tray, dialog, nativeTheme } from 'electron';
import type { App } from '../../app.ts';
import { systemClock } from '../../platform/clock.ts';
import { Glance } from '../desktop/glance.ts';
import { templateOf } from '../desktop/menu-template.ts';
import { type RuleAction, type ShellAction, isShellAction } from '../desktop/tray-actions.ts';
import type { TrayIcon } from '../desktop/tray-icon.ts';
import type { TrayAction } from '../desktop/tray-menu.ts';
import { type Language, wordsOf } from '../desktop/words.ts';

export interface TrayParts {
  readonly app: App;
  /** Folder of main's bundle, with the icons in tray/. */
  readonly main: string;
  readonly language: () => Language;
  readonly act: (action: ShellAction) => void;
}

/** Puts the icon into the tray; returns what takes it away. */
export function openTray({ app, main, language, act }: TrayParts): () => void {
  let tray: Tray | null = null;
  let shown: TrayIcon | null = null;
  const paint = (): void => {
    if (shown === null) return;
    const bar = nativeTheme.shouldUseDarkColorsForSystemIntegratedUI ? 'dark' : 'light';
    const file = path.join(main, 'tray', `${shown.name}-${bar}.ico`);
    if (tray === null) tray = new Tray(file);
    else tray.setImage(file);
    tray.setToolTip(shown.tooltip);
  };
  const show = (icon: TrayIcon): void => {
    shown = icon;
    paint();
  };
  const clock = systemClock;
  const glance = new Glance({ app, clock, language, show });
  const change = async (action: RuleAction): Promise<void> => {
    const done = await glance.run(action);
    if (!done.ok) dialog.showErrorBox(wordsOf[language()].failed, done.message);
  };
  const run = (action: TrayAction): void => {
    if (isShellAction(action)) return act(action);
    void change(action);
  };
  const popUp = async (): Promise<void> => {
    const lines = await glance.menu();
    tray?.popUpContextMenu(Menu.buildFromTemplate(lines.map((line) => templateOf(line, run))));
  };
  nativeTheme.on('updated', paint);
  const icon = tray as Tray | null;
  icon?.on('right-click', () => void popUp());
  icon?.on('click', () => {
    const waits = app.engine.managerState().cards > 0;
    act({ kind: waits ? 'show-prompt' : 'open-manager' });
  });
  return () => {
    glance.stop();
    nativeTheme.off('updated', paint);
    icon?.destroy();
  };
}
