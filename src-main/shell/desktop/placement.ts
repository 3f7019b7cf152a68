/** Where the prompt is: the lower right corner of the screen in use, inside of its work area. */
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
