import { useTranslation } from 'react-i18next';
import type { JournalTimes } from '../../../src-preload/contract/rules.ts';
import { shortTime } from '../../time-words.ts';
import { useJournal, useJournalStore } from './store.ts';

/** In the units of the picture: a half for each verdict, and the line between them. */
const half = 28;
const barWidth = 8;
const gap = 3;

/** When connections were allowed (up) and blocked (down): the direction says it without colour. A bar leads to its lines. */
export function Picture() {
  const times = useJournal((model) => model.times);
  if (times === null) return null;
  return (
    <div className="px-6 pb-3">
      <Bars times={times} />
      <Ends times={times} />
    </div>
  );
}

function Bars({ times }: { readonly times: JournalTimes }) {
  const { t } = useTranslation();
  const { allowed, blocked } = times;
  const most = Math.max(1, ...allowed, ...blocked);
  const width = allowed.length * (barWidth + gap) - gap;
  return (
    <svg
      role="img"
      aria-label={t('journal.picture')}
      viewBox={`0 0 ${String(width)} ${String(2 * half + 1)}`}
      preserveAspectRatio="none"
      className="h-14 w-full"
    >
      <rect x={0} y={half} width={width} height={1} className="fill-line-strong" />
      {allowed.map((count, part) => (
        <Part
          key={part}
          times={times}
          part={part}
          up={heightOf(count, most)}
          down={heightOf(blocked[part] ?? 0, most)}
        />
      ))}
    </svg>
  );
}

/** A single connection is seen beside thousands. */
function heightOf(count: number, most: number): number {
  return count === 0 ? 0 : Math.max(2, (Math.log1p(count) / Math.log1p(most)) * (half - 1));
}

interface PartProps {
  readonly times: JournalTimes;
  readonly part: number;
  readonly up: number;
  readonly down: number;
}

function Part({ times, part, up, down }: PartProps) {
  const { t, i18n } = useTranslation();
  const store = useJournalStore();
  const { from, to, allowed, blocked } = times;
  const x = part * (barWidth + gap);
  const length = (to - from) / allowed.length;
  const start = from + length * part;
  const words = [
    shortTime(start, i18n.language),
    t('journal.pictureAllowed', { count: allowed[part] ?? 0 }),
    t('journal.pictureBlocked', { count: blocked[part] ?? 0 }),
    t('journal.pictureHint'),
  ];
  return (
    <g
      className="picture-bar"
      onClick={() => {
        store.searchTime(start, start + length);
      }}
    >
      <title>{words.join(', ')}</title>
      <rect x={x} y={0} width={barWidth + gap} height={2 * half} className="picture-hit" />
      <rect x={x} y={half - up} width={barWidth} height={up} className="fill-allow" />
      <rect x={x} y={half + 1} width={barWidth} height={down} className="fill-block" />
    </g>
  );
}

function Ends({ times }: { readonly times: JournalTimes }) {
  const { i18n } = useTranslation();
  return (
    <p className="numbers flex justify-between text-12 text-faint">
      <span>{shortTime(times.from, i18n.language)}</span>
      <span>{shortTime(times.to, i18n.language)}</span>
    </p>
  );
}
