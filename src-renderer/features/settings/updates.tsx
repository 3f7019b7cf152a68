import { useTranslation } from 'react-i18next';
import type { TFunction } from 'i18next';
import type { Untrusted } from '../../../src-preload/contract/model.ts';
import type { UpdateStep, UpdatesView } from '../../../src-preload/contract/upkeep.ts';
import { dayTime } from '../../time-words.ts';
import { Button } from '../../ui/button.tsx';
import { Strip } from '../../ui/strip.tsx';
import { Switch } from '../../ui/switch.tsx';
import { UntrustedText } from '../../untrusted-text.tsx';
import { useStatus } from '../status/store.ts';
import { Row } from './parts.tsx';
import { useSettings, useSettingsStore } from './store.ts';

const MB = 1_000_000;
const shownLines = 40;

/** Newer versions: nothing is asked of anybody before this is switched on, and nothing is started by itself. */
export function UpdatesRow() {
  const { t } = useTranslation();
  const store = useSettingsStore();
  const updates = useStatus((model) => model.updates);
  const busy = useSettings((model) => model.busy);
  const { kind } = updates;
  const onOff = (
    <Switch
      label={t('updates.title')}
      checked={kind !== 'off'}
      busy={busy || kind === 'starting'}
      onChange={(on) => void store.setUpdates(on)}
    />
  );
  return (
    <Row
      title={t('updates.title')}
      text={textOf(updates, t)}
      control={kind === 'unavailable' ? undefined : onOff}
    >
      {kind !== 'unavailable' && kind !== 'off' && <Present updates={updates} />}
    </Row>
  );
}

function textOf(updates: UpdatesView, t: TFunction): string {
  if (updates.kind === 'unavailable') return t(`updates.unavailable.${updates.why}`);
  return t(updates.kind === 'off' ? 'updates.off' : 'updates.on');
}

type On = Exclude<UpdatesView, { kind: 'unavailable' | 'off' }>;

function Present({ updates }: { readonly updates: On }) {
  switch (updates.kind) {
    case 'failed':
      return <Failed {...updates} />;
    case 'idle':
    case 'looking':
    case 'starting':
      return <Quiet updates={updates} />;
    case 'found':
    case 'downloading':
    case 'ready':
    case 'waiting':
      return <Newer updates={updates} />;
  }
}

/** Nothing to decide. */
function Quiet({
  updates,
}: {
  readonly updates: Extract<On, { kind: 'idle' | 'looking' | 'starting' }>;
}) {
  const { t, i18n } = useTranslation();
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <p role="status" className="flex-1 text-13 text-quiet">
        {updates.kind === 'idle' && updates.lastLook !== null
          ? t('updates.newest', { time: dayTime(updates.lastLook, i18n.language) })
          : t(`updates.now.${updates.kind}`)}
      </p>
      {updates.kind === 'idle' && <Step step="look" />}
    </div>
  );
}

type Found = Extract<On, { kind: 'found' | 'downloading' | 'ready' | 'waiting' }>;

const nextSteps: Readonly<Record<Found['kind'], UpdateStep>> = {
  found: 'download',
  downloading: 'cancel',
  ready: 'install',
  waiting: 'cancel',
};

function Newer({ updates }: { readonly updates: Found }) {
  const { t } = useTranslation();
  const { kind, version } = updates;
  const step = nextSteps[kind];
  return (
    <div className="flex flex-col gap-3 rounded-control border border-line bg-sunken p-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-[min(14rem,100%)] flex-1">
          <h4 className="text-14 font-medium">{t('updates.version', { version })}</h4>
          <p role="status" className="numbers text-13 text-quiet">
            {detailOf(updates, t)}
          </p>
        </div>
        <Step step={step} />
      </div>
      {kind === 'downloading' && (
        <progress
          aria-label={t('updates.progress')}
          value={updates.done}
          max={updates.bytes}
          className="progress"
        />
      )}
      {kind !== 'waiting' && updates.notes.trim() !== '' && <Notes text={updates.notes} />}
    </div>
  );
}

function detailOf(updates: Found, t: TFunction): string {
  switch (updates.kind) {
    case 'found':
      return t('updates.found', { size: megabytes(updates.bytes) });
    case 'downloading': {
      const [done, size] = [updates.done, updates.bytes].map(megabytes);
      return t('updates.downloading', { done, size });
    }
    case 'ready':
      return t('updates.ready');
    case 'waiting':
      return t('updates.waiting', { count: updates.held });
  }
}

function megabytes(bytes: number): number {
  return Math.max(1, Math.round(bytes / MB));
}

/** As text, whatever its makers have written into it. */
function Notes({ text }: { readonly text: Untrusted }) {
  const { t } = useTranslation();
  const lines = text.trimEnd().split('\n').slice(0, shownLines);
  return (
    <section
      aria-label={t('updates.notes')}
      className="flex max-h-48 flex-col gap-1 overflow-y-auto text-13"
    >
      {lines.map((line, place) => (
        // oxlint-disable-next-line react/no-array-index-key -- lines of one text, which never move
        <p key={place} className="min-h-2 max-w-[72ch]">
          {line.trim() !== '' && <UntrustedText text={line} kind="name" shape="whole" />}
        </p>
      ))}
    </section>
  );
}

function Failed({ during, problem }: Extract<On, { kind: 'failed' }>) {
  const { t } = useTranslation();
  return (
    <Strip tone="block" action={<Step step="look" />}>
      <p className="font-medium">{t(`updates.failed.${during}`)}</p>
      <p>{t(`updates.problem.${problem}`)}</p>
    </Strip>
  );
}

function Step({ step }: { readonly step: UpdateStep }) {
  const { t } = useTranslation();
  const store = useSettingsStore();
  const isGoingOn = step === 'download' || step === 'install';
  return (
    <Button look={isGoingOn ? 'accent' : 'plain'} onClick={() => void store.runUpdate(step)}>
      {t(`updates.step.${step}`)}
    </Button>
  );
}
