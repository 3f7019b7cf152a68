/** Where windows are: the prompt in the lower right corner of the screen in use, the manager inside of its work area. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const promptWidth = 440;
const margin = 16;

/** Bounds for content of this height, in the screen's own pixels. Taller content scrolls; a screen too small gets all of it. */
export function promptBounds(workArea: Rectangle, height: number): Rectangle {
  const width = Math.min(promptWidth, workArea.width);
  const fitting = Math.max(1, Math.min(Math.ceil(height), workArea.height - 2 * margin));
  return {
    x: Math.max(workArea.x, workArea.x + workArea.width - width - margin),
    y: Math.max(workArea.y, workArea.y + workArea.height - fitting - margin),
    width,
    height: fitting,
  };
}

export interface WindowSize {
  readonly width: number;
  readonly height: number;
  readonly minWidth: number;
  readonly minHeight: number;
}

/** Of the manager: at 200 % on a small screen there are 683x364 pixels, all of which it may need. */
export function managerSize({ width, height }: Pick<Rectangle, 'width' | 'height'>): WindowSize {
  return {
    width: Math.min(1180, width),
    height: Math.min(780, height),
    minWidth: Math.min(480, width),
    minHeight: Math.min(320, height),
  };
}
