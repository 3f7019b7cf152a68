import { memo, type CSSProperties } from 'react';
import type { SubjectView } from '../../../src-preload/contract/model.ts';
import { visibleSegments } from '../../untrusted.ts';

const sizes = {
  large: 'size-10 rounded-card text-16',
  small: 'size-6 rounded-[5px] text-12',
} as const;

/** A program's tile: the first letter of its name on a calm colour that follows from its path. */
export const AppTile = memo(function AppTile({
  subject,
  size,
}: {
  readonly subject: SubjectView;
  readonly size: keyof typeof sizes;
}) {
  return (
    <span
      aria-hidden="true"
      style={{ '--tile-hue': hueOf(subject.path) } as CSSProperties}
      className={`tile inline-flex shrink-0 items-center justify-center overflow-hidden font-semibold ${sizes[size]}`}
    >
      {monogram(subject.name)}
    </span>
  );
});

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The first character of a name that leaves ink, in upper case. */
export function monogram(name: string): string {
  const start = name.slice(0, 64).replace(/^[\s.\-_]+/u, '');
  const text = visibleSegments(start).find((segment) => segment.kind === 'text')?.text ?? '';
  for (const { segment } of graphemes.segment(text)) return segment.toUpperCase();
  return '?';
}

const hues = [205, 232, 262, 178, 148, 24, 320, 48];

function hueOf(path: string): number {
  let sum = 0;
  for (let at = 0; at < Math.min(path.length, 1024); at++)
    sum = (sum * 31 + path.charCodeAt(at)) >>> 0;
  return hues[sum % hues.length] ?? 205;
}
