import { RefreshCw, Trash2 } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { BlocklistView } from '../../../src-preload/contract/model.ts';
import { Mark } from '../../marks.tsx';
import { timeAgo } from '../../time-words.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Strip } from '../../ui/strip.tsx';
import { Switch } from '../../ui/switch.tsx';
import { UntrustedText } from '../../untrusted-text.tsx';
import { ErrorStrip } from '../error-strip.tsx';
import { ViewHeader } from '../view-header.tsx';
import { useBlocklists, useBlocklistsStore } from './store.ts';

/** The subscriptions to blocklists: what is in force, when it changed, what was left out. */
export function BlocklistsView() {
  const { t } = useTranslation();
  const lists = useBlocklists((model) => model.lists);
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
      <ViewHeader title={t('manager.lists')} note={t('lists.count', { count: lists.length })} />
      <div className="flex max-w-[760px] flex-col gap-4 px-6 pb-6">
        <AddForm />
        <Problem />
        {lists.length === 0 ? (
          <EmptyState
            mark={<Mark name="gate" size={28} />}
            title={t('lists.emptyTitle')}
            text={t('lists.emptyText')}
          />
        ) : (
          <ul
            aria-label={t('lists.list')}
            className="divide-y divide-line rounded-card border border-line"
          >
            {lists.map((list) => (
              <Row key={list.listId} list={list} />
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function AddForm() {
  const { t } = useTranslation();
  const store = useBlocklistsStore();
  const [name, setName] = useState('');
  const [source, setSource] = useState('');
  const ready = name.trim() !== '' && source.trim() !== '';
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!ready || !(await store.add(name, source))) return;
    setName('');
    setSource('');
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-wrap gap-2">
      <Field label={t('lists.name')} value={name} onChange={setName} maxLength={80} width="w-40" />
      <Field
        label={t('lists.source')}
        value={source}
        onChange={setSource}
        maxLength={2048}
        width="min-w-60 flex-1"
      />
      <Button type="submit" look="accent" disabled={!ready} className="disabled:opacity-50">
        {t('lists.add')}
      </Button>
    </form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly maxLength: number;
  readonly width: string;
}

function Field({ label, value, onChange, maxLength, width }: FieldProps) {
  return (
    <div className={`search-box ${width}`}>
      <input
        type="text"
        spellCheck={false}
        maxLength={maxLength}
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
    </div>
  );
}

function Row({ list }: { readonly list: BlocklistView }) {
  const { t } = useTranslation();
  const store = useBlocklistsStore();
  return (
    <li className="flex flex-col gap-2 px-5 py-3.5">
      <div className="flex items-center gap-3">
        <div className={`min-w-0 flex-1 ${list.enabled ? '' : 'opacity-60'}`}>
          <p className="flex min-w-0 overflow-hidden text-14 font-medium">
            <UntrustedText text={list.name} kind="name" />
          </p>
          <p className="flex min-w-0 overflow-hidden text-12 text-quiet">
            <UntrustedText text={list.source} kind="path" />
          </p>
          <State list={list} />
        </div>
        <IconButton
          label={t('lists.update')}
          disabled={list.state === 'updating'}
          onClick={() => {
            store.update(list.listId);
          }}
        >
          <RefreshCw size={15} aria-hidden="true" />
        </IconButton>
        <IconButton
          label={t('lists.remove')}
          onClick={() => {
            store.remove(list.listId);
          }}
        >
          <Trash2 size={15} aria-hidden="true" />
        </IconButton>
        <Switch
          label={t('lists.enable')}
          checked={list.enabled}
          onChange={(enabled) => {
            store.setEnabled(list.listId, enabled);
          }}
        />
      </div>
      <Troubles list={list} />
    </li>
  );
}

function State({ list }: { readonly list: BlocklistView }) {
  const { t, i18n } = useTranslation();
  const { names, ranges, state, updatedAt, checkedAt } = list;
  const ago = (time: number): string => timeAgo(time, i18n.language);
  const words = [
    state === 'updating' ? t('lists.updating') : '',
    names + ranges > 0 ? t('lists.entries', { names, ranges }) : t('lists.waiting'),
    updatedAt === null ? '' : t('lists.updated', { when: ago(updatedAt) }),
    checkedAt === null ? '' : t('lists.checked', { when: ago(checkedAt) }),
  ];
  return (
    <p className="numbers text-12 text-quiet">
      {words.filter((word) => word !== '').join(' \u00b7 ')}
    </p>
  );
}

function Troubles({ list }: { readonly list: BlocklistView }) {
  const { t } = useTranslation();
  const { failure, problems, problemCount } = list;
  return (
    <>
      {failure !== null && (
        <Strip tone="held">
          {t(`lists.failure.${failure}`)} {list.names + list.ranges > 0 && t('lists.keptOld')}
        </Strip>
      )}
      {problemCount > 0 && (
        <details className="text-12 text-quiet">
          <summary className="numbers">{t('lists.problems', { count: problemCount })}</summary>
          <ul className="mt-1 flex flex-col gap-0.5">
            {problems.map(({ line, code, text }) => (
              <li key={line} className="numbers flex min-w-0 gap-2 overflow-hidden">
                <span className="shrink-0">
                  {t('lists.line', { line, why: t(`lists.problem.${code}`) })}
                </span>
                <UntrustedText text={text} kind="code" />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Problem() {
  const store = useBlocklistsStore();
  const error = useBlocklists((model) => model.error);
  return <ErrorStrip error={error} onDismiss={store.dismiss} />;
}
