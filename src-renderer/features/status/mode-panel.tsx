import { Trans, useTranslation } from 'react-i18next';
import type { ManagedLock } from '../../../src-preload/contract/model.ts';
import type { ModeName, PauseView } from '../../../src-preload/contract/rules.ts';
import { useSecondsLeft } from '../../clock.ts';
import { dayTime } from '../../time-words.ts';
import { Button } from '../../ui/button.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { Strip } from '../../ui/strip.tsx';
import { Emphasis } from '../connection/rule-sentence.tsx';
import { ErrorStrip } from '../error-strip.tsx';
import { useStatus, useStatusStore } from './store.ts';

const modes: readonly ModeName[] = ['ask', 'learn', 'block', 'lockdown'];
const pauses = [5, 15, 60];
const noLocks: readonly ManagedLock[] = [];

/** What happens to what no rule is about, and pauses that end by themselves. */
export function ModePanel() {
  const { t, i18n } = useTranslation();
  const store = useStatusStore();
  const { mode, until, pauses: running } = useStatus((model) => model.mode);
  const locked = useStatus((model) => model.managed?.locked ?? noLocks);
  return (
    <section
      aria-labelledby="mode-title"
      className="flex flex-col gap-3 rounded-card border border-line p-5"
    >
      <Problem />
      <h2 id="mode-title" className="text-14 font-medium">
        {t('mode.title')}
      </h2>
      <Segmented
        wrap
        disabled={locked.includes('mode')}
        label={t('mode.title')}
        value={mode}
        segments={modes.map((value) => ({ value, label: t(`mode.name.${value}`) }))}
        onChange={(value) => {
          void store.setMode(value);
        }}
      />
      <p role="status" className="text-13 text-quiet">
        {t(`mode.text.${mode}`)}{' '}
        {until !== null && t('mode.until', { time: dayTime(until, i18n.language) })}
      </p>
      {running.map((pause) => (
        <Pause key={pause.pauseId} pause={pause} />
      ))}
      {!locked.includes('pauses') && <PauseButtons />}
    </section>
  );
}

function PauseButtons() {
  const { t } = useTranslation();
  const store = useStatusStore();
  return (
    <div className="flex flex-wrap items-center gap-2 text-13 text-quiet">
      <span id="pause-for">{t('mode.pauseFor')}</span>
      {pauses.map((minutes) => (
        <Button
          key={minutes}
          aria-describedby="pause-for"
          onClick={() => {
            void store.pause(minutes);
          }}
        >
          {t('mode.minutes', { count: minutes })}
        </Button>
      ))}
    </div>
  );
}

function Pause({ pause }: { readonly pause: PauseView }) {
  const { t } = useTranslation();
  const store = useStatusStore();
  const left = useSecondsLeft(pause.until);
  const seconds = String(left % 60).padStart(2, '0');
  const end = (
    <Button
      onClick={() => {
        void store.resume(pause.pauseId);
      }}
    >
      {t('mode.resume')}
    </Button>
  );
  return (
    <Strip tone="held" action={end}>
      <p className="font-medium">
        {pause.subject === null ? (
          t('mode.pausedAll')
        ) : (
          <Trans
            i18nKey="mode.pausedOne"
            components={{ who: <Emphasis text={pause.subject.name} kind="name" /> }}
          />
        )}
      </p>
      <p aria-hidden="true" className="numbers text-quiet">
        {t('mode.left', { minutes: Math.floor(left / 60), seconds })}
      </p>
    </Strip>
  );
}

function Problem() {
  const store = useStatusStore();
  const error = useStatus((model) => model.error);
  return <ErrorStrip error={error} onDismiss={store.dismiss} />;
}
