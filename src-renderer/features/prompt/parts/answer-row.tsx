import { memo, type KeyboardEvent, type MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Verdict } from '../../../../src-preload/contract/model.ts';
import { Mark } from '../../../marks.tsx';
import { Button } from '../../../ui/button.tsx';
import type { GuardView } from '../guard.ts';
import { usePrompt, usePromptStore } from '../store.ts';

interface Props {
  readonly guardView: GuardView;
  /** Which answer the pointer or the focus is on, for the sentence above. */
  readonly onConsider: (verdict: Verdict | null) => void;
}

/** Later, Block, Allow. The two answers weigh the same and none has the focus by itself. */
export const AnswerRow = memo(function AnswerRow({ guardView, onConsider }: Props) {
  const { t } = useTranslation();
  const store = usePromptStore();
  const later = (): void => {
    if (!guardView.guard.isInert(performance.now())) void store.postpone();
  };
  return (
    <div className="flex items-center justify-between gap-1">
      <Button
        look="quiet"
        className="-ml-3 h-9 shrink-0 forced-colors:ml-0"
        aria-disabled={guardView.inert}
        onClick={later}
      >
        {t('prompt.later')}
      </Button>
      <div className="relative flex min-w-0 gap-2">
        {guardView.inert && <GuardRing key={guardView.round} />}
        <AnswerButton verdict="block" guardView={guardView} onConsider={onConsider} />
        <AnswerButton verdict="allow" guardView={guardView} onConsider={onConsider} />
      </div>
    </div>
  );
});

/** The thin ring that fills around the pair while answers do not count. */
function GuardRing() {
  return (
    <svg
      aria-hidden="true"
      className="pointer-events-none absolute -inset-1 h-[calc(100%+8px)] w-[calc(100%+8px)] overflow-visible"
    >
      <rect
        x="0.75"
        y="0.75"
        rx="9"
        pathLength="1"
        fill="none"
        strokeWidth="1.5"
        className="guard-ring h-[calc(100%-1.5px)] w-[calc(100%-1.5px)] stroke-line-strong"
      />
    </svg>
  );
}

const looks = {
  block: 'text-block bg-block-soft border-block/25 hover:border-block/60',
  allow: 'text-allow bg-allow-soft border-allow/25 hover:border-allow/60',
} as const;

function AnswerButton({ verdict, guardView, onConsider }: Props & { readonly verdict: Verdict }) {
  const { t } = useTranslation();
  const store = usePromptStore();
  const sending = usePrompt((model) => model.sending);
  const { guard, inert, arm, press } = guardView;
  const answer = (event: MouseEvent): void => {
    if (guard.accepts(performance.now(), event.detail)) void store.answer(verdict);
  };
  return (
    <button
      type="button"
      data-answer={verdict}
      aria-disabled={inert || sending}
      title={inert ? t('prompt.inert') : undefined}
      onPointerDown={press}
      onKeyDown={(event) => {
        pressByKey(event, guardView);
      }}
      onFocus={(event) => {
        onConsider(verdict);
        // Reached with Tab: whoever was typing may not have meant this button.
        if (event.currentTarget.matches(':focus-visible')) arm();
      }}
      onBlur={() => {
        onConsider(null);
      }}
      onPointerEnter={() => {
        onConsider(verdict);
      }}
      onPointerLeave={() => {
        onConsider(null);
      }}
      onClick={answer}
      className={`answer inline-flex h-9 w-30 min-w-0 items-center justify-center gap-2 rounded-control border text-14 font-semibold transition-[opacity,border-color] duration-120 aria-disabled:opacity-55 ${looks[verdict]}`}
    >
      <Mark name={verdict === 'allow' ? 'gate-open' : 'gate-closed'} size={18} />
      <span className="text-ink">{t(`prompt.${verdict}`)}</span>
    </button>
  );
}

/** Enter never answers; Space does, on a button that was reached on purpose, and not while it is held down. */
function pressByKey(event: KeyboardEvent, { press }: GuardView): void {
  if (event.key === 'Enter' || event.repeat) event.preventDefault();
  else if (event.key === ' ') press();
}
