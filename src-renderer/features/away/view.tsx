import { X } from 'lucide-react';
import { memo } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import type { AwayView as Away } from '../../../src-preload/contract/model.ts';
import { Mark } from '../../marks.tsx';
import { exactTime, timeAgo } from '../../time-words.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Strip } from '../../ui/strip.tsx';
import { VirtualList } from '../../ui/virtual-list.tsx';
import { portWords } from '../connection/port-words.ts';
import { Emphasis } from '../connection/rule-sentence.tsx';
import { ViewHeader } from '../view-header.tsx';
import { useAway, useAwayStore } from './store.ts';

/** Connections that were decided because nobody could be asked, with the reason of each. */
export function AwayList() {
  const { t } = useTranslation();
  const store = useAwayStore();
  const away = useAway((model) => model.away);
  return (
    <div className="list-page">
      <ViewHeader title={t('manager.inbox')} note={t('manager.away')}>
        {away.length > 0 && (
          <Button
            onClick={() => {
              void store.clear(away.map((entry) => entry.awayId));
            }}
          >
            {t('away.clearAll')}
          </Button>
        )}
      </ViewHeader>
      <Notes />
      {away.length === 0 ? <NothingHappened /> : <List away={away} />}
    </div>
  );
}

function List({ away }: { readonly away: readonly Away[] }) {
  const { t } = useTranslation();
  const store = useAwayStore();
  const active = useAway((model) => model.active);
  return (
    <VirtualList
      label={t('away.list')}
      count={away.length}
      rowHeight={56}
      active={active}
      onMove={store.move}
      onKey={(event) => {
        const entry = away[active];
        if (event.key === 'Delete' && !event.repeat && entry) void store.clear([entry.awayId]);
      }}
      renderRow={(row) => {
        const entry = away[row];
        return entry === undefined ? null : <Row entry={entry} />;
      }}
    />
  );
}

const Row = memo(function Row({ entry }: { readonly entry: Away }) {
  const { t, i18n } = useTranslation();
  const store = useAwayStore();
  const allowed = entry.verdict === 'allow';
  return (
    <div className="flex h-full items-center gap-3 px-6">
      <span className={allowed ? 'text-allow' : 'text-block'}>
        <Mark name={allowed ? 'gate-open' : 'gate-closed'} size={18} />
      </span>
      <div role="gridcell" className="min-w-0 flex-1">
        <p className="truncate text-14">
          <Trans
            i18nKey={allowed ? 'away.allowed' : 'away.blocked'}
            components={{
              who: <Emphasis text={entry.subject.name} kind="name" />,
              where: <Emphasis text={entry.target.address} kind="host" />,
            }}
          />
        </p>
        <p className="numbers truncate text-12 text-quiet">
          {t(`away.reason.${entry.reason}`)} {'\u00b7'} {portWords(t, entry.target)}
        </p>
      </div>
      <div
        role="gridcell"
        title={exactTime(entry.lastAt, i18n.language)}
        className="row-time numbers shrink-0 text-right text-12 text-quiet"
      >
        <p>{timeAgo(entry.lastAt, i18n.language)}</p>
        <p>{entry.count > 1 ? t('away.times', { count: entry.count }) : '\u00a0'}</p>
      </div>
      <div role="gridcell" className="row-actions">
        <IconButton
          label={t('away.clear')}
          tabIndex={-1}
          className="row-action"
          onClick={() => {
            void store.clear([entry.awayId]);
          }}
        >
          <X size={15} aria-hidden="true" />
        </IconButton>
      </div>
    </div>
  );
});

function Notes() {
  const { t } = useTranslation();
  const store = useAwayStore();
  const lost = useAway((model) => model.lost);
  const error = useAway((model) => model.error);
  return (
    <div className="flex flex-col gap-3 px-6 pb-3 empty:hidden">
      {error !== null && (
        <Strip
          tone="block"
          action={
            <IconButton label={t('errors.dismiss')} onClick={store.dismiss}>
              <X size={14} aria-hidden="true" />
            </IconButton>
          }
        >
          {t(`errors.${error}`)}
        </Strip>
      )}
      {lost > 0 && <Strip tone="held">{t('away.lost', { count: lost })}</Strip>}
    </div>
  );
}

function NothingHappened() {
  const { t } = useTranslation();
  return (
    <div className="flex flex-1 items-center justify-center">
      <EmptyState
        mark={<Mark name="gate" size={28} />}
        title={t('away.emptyTitle')}
        text={t('away.emptyText')}
      />
    </div>
  );
}
