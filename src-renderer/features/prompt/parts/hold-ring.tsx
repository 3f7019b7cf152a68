import { Clock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { CardView } from '../../../../src-preload/contract/model.ts';
import { useSecondsLeft } from '../../../clock.ts';

/** How long the connection is still held, and how many wait with it. Its box has one size in every state. */
export function HoldRing({ card }: { readonly card: CardView }) {
  const { t } = useTranslation();
  const others = card.waiting - 1;
  return (
    <div className="absolute top-0 right-0 flex flex-col items-end gap-1">
      {card.state === 'given-up' ? <GaveUp /> : <Ring card={card} />}
      <span className="numbers h-4 text-12 leading-4 whitespace-nowrap text-quiet">
        {others > 0 && card.state === 'waiting' && t('prompt.moreWaiting', { count: others })}
      </span>
    </div>
  );
}

function GaveUp() {
  const { t } = useTranslation();
  return (
    <span className="flex h-10 items-center gap-1.5 text-12 font-medium text-quiet">
      <Clock size={16} aria-hidden="true" />
      {t('prompt.gaveUpShort')}
    </span>
  );
}

function Ring({ card }: { readonly card: CardView }) {
  const { t } = useTranslation();
  const seconds = useSecondsLeft(card.deadline);
  const left = card.deadline === null ? 0 : Math.max(0, card.deadline - Date.now());
  const emptied = 1 - Math.min(1, left / Math.max(1, card.holdMs));
  return (
    <span
      role="timer"
      aria-label={t('prompt.secondsLeft', { count: seconds })}
      className="relative flex size-10 items-center justify-center text-held"
    >
      <svg
        viewBox="0 0 40 40"
        className="absolute inset-0 -rotate-90"
        fill="none"
        aria-hidden="true"
      >
        <circle
          cx="20"
          cy="20"
          r="18"
          strokeWidth="2.5"
          className="stroke-line forced-colors:stroke-transparent"
        />
        <circle
          key={card.deadline}
          cx="20"
          cy="20"
          r="18"
          pathLength="1"
          strokeWidth="2.5"
          strokeLinecap="round"
          className="hold-ring stroke-held-ring"
          style={{
            strokeDasharray: 1,
            strokeDashoffset: emptied,
            animation: `hold-empty ${String(left)}ms linear forwards`,
          }}
        />
      </svg>
      <span className="numbers text-13 font-semibold">{seconds}</span>
    </span>
  );
}
