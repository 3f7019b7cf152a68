import type { MenuLine, TrayAction } from './tray-menu.ts';

/** A line as a menu is built of it. */
export interface TemplateLine extends Omit<MenuLine, 'action' | 'submenu'> {
  readonly click?: () => void;
  readonly submenu?: TemplateLine[];
}

export function templateOf(line: MenuLine, run: (action: TrayAction) => void): TemplateLine {
  const { action, submenu, ...plain } = line;
  return {
    ...plain,
    ...(action === undefined ? {} : { click: () => run(action) }),
    ...(submenu === undefined ? {} : { submenu: submenu.map((one) => templateOf(one, run)) }),
  };
}
