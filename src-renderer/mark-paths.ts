/** The drawings of the marks in a 24 by 24 box, as strokes. The SVG files in assets/ hold the same. */
const arch = 'M4 21V10.5a8 8 0 0 1 16 0V21';

export const markPaths = {
  /** The arch with the portcullis drawn up. */
  'gate-open': [arch, 'M4.1 9.5h15.8', 'M9.35 9.5v3', 'M14.65 9.5v3'],
  /** The arch with the portcullis down. */
  'gate-closed': [arch, 'M9.35 3.2V21', 'M14.65 3.2V21', 'M4.4 9.5h15.2', 'M4 15.5h16'],
  /** A ring with an hour-glass. */
  held: [
    'M12 2.5a9.5 9.5 0 1 0 0 19a9.5 9.5 0 0 0 0-19z',
    'M9 7.5h6c0 2.6-3 3-3 4.5s3 1.9 3 4.5H9c0-2.6 3-3 3-4.5s-3-1.9-3-4.5z',
  ],
  /** The arch alone. */
  gate: [arch, 'M2.5 21h19'],
} as const;

export type MarkName = keyof typeof markPaths;
