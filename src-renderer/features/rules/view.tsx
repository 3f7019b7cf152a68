import { Plus } from 'lucide-react';
import { useCallback, useEffect, useRef, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Mark } from '../../marks.tsx';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { SearchBox } from '../../ui/search-box.tsx';
import { VirtualList } from '../../ui/virtual-list.tsx';
import { ErrorStrip } from '../error-strip.tsx';
import { useStatus } from '../status/store.ts';
import { ViewHeader } from '../view-header.tsx';
import { RuleRow } from './parts/rule-row.tsx';
import { useRules, useRulesStore, type RulesStore } from './store.ts';

/** All rules as sentences, with search, switch, removal and undo. */
export function RulesView() {
  const { t } = useTranslation();
  const total = useRules((model) => model.total);
  const query = useRules((model) => model.query);
  const count = total ?? 0;
  return (
    <div className="list-page">
      <ViewHeader
        title={t('manager.rules')}
        note={total === null ? '' : t(query === '' ? 'rules.count' : 'rules.found', { count })}
      >
        <div className="flex min-w-0 flex-[1_1_16rem] justify-end gap-2">
          <RulesSearch />
          <NewRuleButton />
        </div>
      </ViewHeader>
      <Problem />
      {count > 0 ? <List count={count} /> : total !== null && <NoRules searching={query !== ''} />}
    </div>
  );
}

function NewRuleButton() {
  const { t } = useTranslation();
  const store = useRulesStore();
  const mayChange = useStatus((model) => model.onlooker === null);
  if (!mayChange) return null;
  return (
    <Button
      look="accent"
      onClick={() => {
        store.dispatch({ type: 'forming', form: { kind: 'add', start: {} } });
      }}
    >
      <Plus size={15} aria-hidden="true" />
      {t('form.open')}
    </Button>
  );
}

function List({ count }: { readonly count: number }) {
  const { t } = useTranslation();
  const store = useRulesStore();
  const rows = useRules((model) => model.rows);
  const active = useRules((model) => model.active);
  const generation = useRules((model) => model.generation);
  const mayChange = useStatus((model) => model.onlooker === null);
  const range = useRef({ first: 0, last: 0 });
  const onRange = useCallback(
    (first: number, last: number) => {
      range.current = { first, last };
      store.ensure(first, last);
    },
    [store],
  );
  useEffect(() => {
    store.ensure(range.current.first, range.current.last);
  }, [store, generation]);
  return (
    <VirtualList
      label={t('rules.list')}
      count={count}
      rowHeight={60}
      active={active}
      onMove={(row) => {
        store.dispatch({ type: 'moved', row });
      }}
      onRange={onRange}
      onKey={(event) => {
        if (mayChange) actOnRow(store, event);
      }}
      renderRow={(row) => {
        const rule = rows.get(row);
        return rule === undefined ? <Loading /> : <RuleRow rule={rule} />;
      }}
    />
  );
}

/** Space switches the row, Enter changes it, Delete removes it; Insert makes a new one. */
function actOnRow(store: RulesStore, event: KeyboardEvent): void {
  const { rows, active } = store.model.getState();
  if (event.key === 'Insert') {
    store.dispatch({ type: 'forming', form: { kind: 'add', start: {} } });
    return;
  }
  const rule = rows.get(active);
  if (rule === undefined || event.target !== event.currentTarget) return;
  if (event.key === ' ') {
    event.preventDefault();
    if (!event.repeat) void store.setEnabled(rule, !rule.enabled);
  }
  if (event.key === 'Enter' && !event.repeat) {
    event.preventDefault();
    store.dispatch({ type: 'forming', form: { kind: 'edit', rule } });
  }
  if (event.key === 'Delete' && !event.repeat) void store.remove(rule);
}

function Loading() {
  return (
    <div role="gridcell" className="flex h-full items-center px-6">
      <span className="h-2.5 w-64 rounded-control bg-sunken" />
    </div>
  );
}

function RulesSearch() {
  const { t } = useTranslation();
  const store = useRulesStore();
  const query = useRules((model) => model.query);
  return (
    <SearchBox
      label={t('rules.search')}
      clearLabel={t('rules.clearSearch')}
      value={query}
      onChange={(value) => {
        store.search(value);
      }}
    />
  );
}

function Problem() {
  const store = useRulesStore();
  const error = useRules((model) => model.error);
  const dismiss = (): void => {
    store.dispatch({ type: 'failed', code: null });
  };
  return (
    <div className="px-6 pb-3 empty:hidden">
      <ErrorStrip error={error} onDismiss={dismiss} />
    </div>
  );
}

function NoRules({ searching }: { readonly searching: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-1 items-center justify-center">
      <EmptyState
        mark={<Mark name="gate" size={28} />}
        title={t(searching ? 'rules.noMatchTitle' : 'rules.emptyTitle')}
        text={t(searching ? 'rules.noMatchText' : 'rules.emptyText')}
        action={searching ? undefined : <NewRuleButton />}
      />
    </div>
  );
}
