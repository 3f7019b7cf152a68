import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Mark } from '../../../marks.tsx';
import { UntrustedText, untrustedLabel } from '../../../untrusted-text.tsx';
import { AppTile } from '../../connection/app-tile.tsx';
import type { Slot } from '../reducer.ts';
import { usePrompt, usePromptStore } from '../store.ts';

/** More rows than this would be a wall; the rest is counted. */
const mostRows = 50;

/** The other programs that wait. While the pointer is inside, no row moves or disappears. */
export function Others() {
  const { t } = useTranslation();
  const store = usePromptStore();
  const slots = usePrompt((model) => model.slots);
  if (slots.length === 0) return null;
  const waiting = slots.filter((slot) => !slot.gone).length;
  const inside = (value: boolean) => () => {
    store.dispatch({ type: 'pointerInList', inside: value });
  };
  return (
    <section className="prompt-others" onPointerEnter={inside(true)} onPointerLeave={inside(false)}>
      <h2 className="px-5 pt-2.5 pb-1 text-12 font-medium text-quiet">
        {t('prompt.others', { count: waiting })}
      </h2>
      <ul className="max-h-48 overflow-y-auto px-2 pb-2">
        {slots.slice(0, mostRows).map((slot) => (
          <Row key={slot.card.cardId} slot={slot} />
        ))}
      </ul>
      {slots.length > mostRows && (
        <p className="px-5 pb-3 text-12 text-quiet">
          {t('prompt.notShown', { count: slots.length - mostRows })}
        </p>
      )}
    </section>
  );
}

const Row = memo(function Row({ slot }: { readonly slot: Slot }) {
  const { t } = useTranslation();
  const store = usePromptStore();
  const isAnswerer = usePrompt((model) => model.state?.isAnswerer === true);
  const { card, gone } = slot;
  return (
    <li>
      <button
        type="button"
        disabled={gone}
        aria-label={t('prompt.open', { who: untrustedLabel(card.subject.name) })}
        onClick={() => {
          store.dispatch({ type: 'opened', cardId: card.cardId });
        }}
        className="flex h-9 w-full items-center gap-2.5 rounded-control px-3 text-left text-13 hover:bg-hover disabled:opacity-50"
      >
        <AppTile subject={card.subject} size="small" />
        <UntrustedText
          text={card.subject.name}
          kind="name"
          className="max-w-[45%] shrink-0 font-medium"
        />
        <span className="flex min-w-0 flex-1 gap-2 text-quiet">
          <UntrustedText text={card.target.address} kind="host" />
          {card.account !== undefined && !isAnswerer && (
            <span className="flex min-w-8 flex-1 gap-1.5">
              <span aria-hidden="true">{'\u00b7'}</span>
              <UntrustedText text={card.account} kind="name" />
            </span>
          )}
        </span>
        <RowState slot={slot} />
      </button>
    </li>
  );
});

function RowState({ slot }: { readonly slot: Slot }) {
  const { t, i18n } = useTranslation();
  const { card, gone } = slot;
  if (gone) return <span className="text-12 text-quiet">{t('prompt.settled')}</span>;
  if (card.state === 'given-up')
    return <span className="text-12 text-quiet">{t('prompt.gaveUpShort')}</span>;
  return (
    <span className="numbers inline-flex items-center gap-1 text-12 font-medium text-held">
      <Mark name="held" size={14} />
      {new Intl.NumberFormat(i18n.language).format(card.waiting)}
    </span>
  );
}
