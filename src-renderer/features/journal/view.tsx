import { CircleHelp, ListPlus } from 'lucide-react';
import { memo, useCallback, useEffect, type KeyboardEvent } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import type { ConnectionInput, JournalView as Line } from '../../../src-preload/contract/rules.ts';
import { Mark } from '../../marks.tsx';
import { exactTime, timeAgo } from '../../time-words.ts';
import { UntrustedText } from '../../untrusted-text.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { SearchBox } from '../../ui/search-box.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { VirtualList } from '../../ui/virtual-list.tsx';
import { portWords } from '../connection/port-words.ts';
import { Emphasis } from '../connection/rule-sentence.tsx';
import { ErrorStrip } from '../error-strip.tsx';
import { fieldsOfLine } from '../rules/form/fields.ts';
import { useRulesStore, type RulesStore } from '../rules/store.ts';
import { ViewHeader } from '../view-header.tsx';
import { ClearJournal } from './clear.tsx';
import { Picture } from './picture.tsx';
import { type JournalModel, maxLoaded, pageSize, useJournal, useJournalStore } from './store.ts';

/** Rows that there are, as far as is known, or as far as anybody scrolls. */
function rowsOf({ lines, hasMore, total }: JournalModel): number {
  if (!hasMore) return lines.length;
  return Math.min(maxLoaded, total ?? lines.length + pageSize);
}

/** What was decided, by whom and when; each line can become a rule. */
export function JournalPage() {
  const { t } = useTranslation();
  const store = useJournalStore();
  const total = useJournal((model) => model.total);
  const isRead = useJournal((model) => model.isRead);
  const count = useJournal(rowsOf);
  const error = useJournal((model) => model.error);
  useEffect(() => {
    void store.read();
  }, [store]);
  return (
    <div className="list-page">
      <ViewHeader
        title={t('manager.journal')}
        note={total === null ? '' : t('journal.count', { count: total })}
      >
        <Filters />
      </ViewHeader>
      <div className="px-6 pb-3 empty:hidden">
        <ErrorStrip error={error} onDismiss={store.dismiss} />
      </div>
      <Picture />
      <Newer />
      {isRead && (count > 0 ? <List count={count} /> : <NoLines />)}
      <Older />
    </div>
  );
}

function Filters() {
  const { t } = useTranslation();
  const store = useJournalStore();
  const text = useJournal((model) => model.text);
  const verdict = useJournal((model) => model.verdict);
  return (
    <div className="flex min-w-0 flex-[1_1_16rem] flex-wrap justify-end gap-2">
      <Segmented
        label={t('journal.which')}
        value={verdict}
        segments={[
          { value: 'all', label: t('journal.all') },
          { value: 'allow', label: t('verdict.allow') },
          { value: 'block', label: t('verdict.block') },
        ]}
        onChange={(value) => {
          store.search({ verdict: value });
        }}
      />
      <SearchBox
        label={t('journal.search')}
        clearLabel={t('journal.clearSearch')}
        value={text}
        onChange={(value) => {
          store.search({ text: value });
        }}
      />
    </div>
  );
}

/** Rows do not move under the pointer: what is newer comes when it is asked for. */
function Newer() {
  const isNewer = useJournal(({ version, newest, isRead }) => isRead && newest > version);
  return (
    <div className="flex h-9 shrink-0 items-start justify-between px-6">
      <span>{isNewer && <NewerButton />}</span>
      <ClearJournal />
    </div>
  );
}

function NewerButton() {
  const { t } = useTranslation();
  const store = useJournalStore();
  return (
    <Button
      look="quiet"
      className="text-accent! -ml-3 forced-colors:ml-0"
      onClick={() => void store.read()}
    >
      {t('journal.newer')}
    </Button>
  );
}

/** Nobody scrolls through millions of lines. */
function Older() {
  const { t } = useTranslation();
  const isCut = useJournal(({ lines, hasMore, total }) => !hasMore && (total ?? 0) > lines.length);
  if (!isCut) return null;
  return <p className="border-t border-line px-6 py-2 text-12 text-quiet">{t('journal.older')}</p>;
}

function List({ count }: { readonly count: number }) {
  const { t } = useTranslation();
  const store = useJournalStore();
  const rules = useRulesStore();
  const lines = useJournal((model) => model.lines);
  const active = useJournal((model) => model.active);
  const onRange = useCallback(
    (_first: number, last: number) => {
      store.ensure(last);
    },
    [store],
  );
  return (
    <VirtualList
      label={t('journal.list')}
      count={count}
      rowHeight={52}
      active={active}
      onMove={store.move}
      onRange={onRange}
      onKey={(event) => {
        actOnLine(rules, lines[active], event);
      }}
      renderRow={(row) => {
        const line = lines[row];
        return line === undefined ? null : <Row line={line} />;
      }}
    />
  );
}

/** Enter makes a rule of the line. */
function actOnLine(rules: RulesStore, line: Line | undefined, event: KeyboardEvent): void {
  if (line === undefined || event.target !== event.currentTarget || event.key !== 'Enter') return;
  event.preventDefault();
  if (!event.repeat) makeRule(rules, line);
}

function makeRule(rules: RulesStore, line: Line): void {
  rules.dispatch({ type: 'forming', form: { kind: 'add', start: fieldsOfLine(line) } });
}

const Row = memo(function Row({ line }: { readonly line: Line }) {
  const { t, i18n } = useTranslation();
  const { verdict, target, subject } = line;
  const way = target.direction === 'inbound' ? 'in' : 'out';
  return (
    <div className="flex h-full items-center gap-3 px-6">
      <span
        title={t(`verdict.${verdict}`)}
        className={verdict === 'allow' ? 'text-allow' : 'text-block'}
      >
        <Mark name={verdict === 'allow' ? 'gate-open' : 'gate-closed'} size={18} />
      </span>
      <div role="gridcell" className="min-w-0 flex-1">
        <p className="truncate text-14">
          <Trans
            i18nKey={`journal.${way}.${verdict}`}
            components={{
              who: <Emphasis text={subject.name} kind="name" />,
              where: <Emphasis text={target.hostName ?? target.address} kind="host" />,
            }}
          />
        </p>
        <p className="numbers truncate text-12 text-quiet">
          {portWords(t, target)} {'\u00b7'} <Decider line={line} />
        </p>
      </div>
      <div
        role="gridcell"
        title={exactTime(line.at, i18n.language)}
        className="row-time numbers shrink-0 text-right text-12 text-quiet"
      >
        <p>{timeAgo(line.at, i18n.language)}</p>
        <p>{line.count > 1 ? t('journal.times', { count: line.count }) : '\u00a0'}</p>
      </div>
      <Actions line={line} />
    </div>
  );
});

/** By what it was decided; where a standard user has answered, by whom. */
function Decider({ line }: { readonly line: Line }) {
  const { t } = useTranslation();
  const { by, answeredBy } = line;
  if (answeredBy === undefined) return t(`journal.by.${by}`);
  const who = <UntrustedText text={answeredBy} kind="name" />;
  return <Trans i18nKey="journal.answeredBy" components={{ who }} />;
}

function Actions({ line }: { readonly line: Line }) {
  const { t } = useTranslation();
  const rules = useRulesStore();
  return (
    <div role="gridcell" className="row-actions flex shrink-0 gap-1">
      <IconButton
        label={t('journal.why')}
        tabIndex={-1}
        className="row-action"
        onClick={() => {
          rules.dispatch({ type: 'explaining', connection: connectionOf(line) });
        }}
      >
        <CircleHelp size={15} aria-hidden="true" />
      </IconButton>
      <IconButton
        label={t('journal.rule')}
        tabIndex={-1}
        className="row-action"
        onClick={() => {
          makeRule(rules, line);
        }}
      >
        <ListPlus size={15} aria-hidden="true" />
      </IconButton>
    </div>
  );
}

function connectionOf({ subject, target }: Line): ConnectionInput {
  const { address, hostName, port, protocol, direction } = target;
  const { path } = subject;
  return {
    path,
    script: '',
    address,
    hostName: hostName ?? '',
    port,
    protocol: protocol.number,
    direction,
  };
}

function NoLines() {
  const { t } = useTranslation();
  const isSearching = useJournal(({ text, verdict }) => text !== '' || verdict !== 'all');
  return (
    <div className="flex flex-1 items-center justify-center">
      <EmptyState
        mark={<Mark name="gate" size={28} />}
        title={t(isSearching ? 'journal.noMatchTitle' : 'journal.emptyTitle')}
        text={t(isSearching ? 'journal.noMatchText' : 'journal.emptyText')}
      />
    </div>
  );
}
