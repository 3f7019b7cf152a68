import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import type { CardView } from '../../../../src-preload/contract/model.ts';
import { IconButton } from '../../../ui/button.tsx';
import { Strip } from '../../../ui/strip.tsx';
import { Emphasis } from '../../connection/rule-sentence.tsx';
import { usePrompt, usePromptStore } from '../store.ts';

/** What went wrong with the last answer, as a sentence; after a stale one, what changed. */
export function NoticeStrip({ card }: { readonly card: CardView | null }) {
  const { t } = useTranslation();
  const store = usePromptStore();
  const notice = usePrompt((model) => model.notice);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.scrollIntoView({ block: 'nearest' });
  }, [notice]);
  if (notice === null) return null;
  const dismiss = (
    <IconButton
      label={t('errors.dismiss')}
      onClick={() => {
        store.dispatch({ type: 'dismissed' });
      }}
    >
      <X size={14} aria-hidden="true" />
    </IconButton>
  );
  return (
    <div ref={box}>
      <Strip tone={notice.kind === 'stale' ? 'held' : 'block'} action={dismiss}>
        {notice.kind === 'stale' ? (
          <Changed before={notice.before} after={card} />
        ) : (
          t(`errors.${notice.code}`)
        )}
      </Strip>
    </div>
  );
}

function Changed({
  before,
  after,
}: {
  readonly before: CardView;
  readonly after: CardView | null;
}) {
  const { t } = useTranslation();
  return (
    <>
      <p className="font-medium">{t('changed.title')}</p>
      <p>
        <Difference before={before} after={after?.cardId === before.cardId ? after : null} />
      </p>
    </>
  );
}

function Difference({
  before,
  after,
}: {
  readonly before: CardView;
  readonly after: CardView | null;
}) {
  const { t } = useTranslation();
  if (after === null) return t('changed.gone');
  if (before.state !== after.state)
    return t(after.state === 'waiting' ? 'changed.again' : 'changed.gaveUp');
  if (before.subject.path !== after.subject.path) {
    return (
      <Trans
        i18nKey="changed.program"
        components={{
          before: <Emphasis text={before.subject.name} kind="name" />,
          after: <Emphasis text={after.subject.name} kind="name" />,
        }}
      />
    );
  }
  const from = place(before);
  const to = place(after);
  if (from === to) return t('changed.newer');
  return (
    <Trans
      i18nKey="changed.target"
      components={{
        before: <Emphasis text={from} kind="code" />,
        after: <Emphasis text={to} kind="code" />,
      }}
    />
  );
}

function place(card: CardView): string {
  return `${card.target.address} : ${String(card.target.port)}`;
}
