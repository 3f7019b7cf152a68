import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BackupView, StoreProblem } from '../../../src-preload/contract/model.ts';
import { Mark } from '../../marks.tsx';
import { dayTime, timeAgo } from '../../time-words.ts';
import { Button } from '../../ui/button.tsx';
import { Strip } from '../../ui/strip.tsx';
import { useRecovery, useRecoveryStore } from './store.ts';

/** Problems that pass, or that the user mends elsewhere: a backup would not help. */
const passing: readonly StoreProblem[] = ['busy', 'full', 'not-writable'];

interface Props {
  readonly problem: StoreProblem;
  readonly backups: readonly BackupView[];
}

/** In place of every other view while the rules cannot be used: what is wrong, and each way out of it. */
export function RecoveryView({ problem, backups }: Props) {
  const { t } = useTranslation();
  const store = useRecoveryStore();
  const busy = useRecovery((model) => model.busy);
  const failed = useRecovery((model) => model.failed);
  return (
    <main className="h-dvh overflow-y-auto bg-surface">
      <div className="mx-auto flex max-w-[560px] flex-col gap-5 px-6 py-10">
        <header className="flex items-start gap-4">
          <span className="flex size-12 shrink-0 items-center justify-center rounded-card bg-block-soft text-block">
            <Mark name="gate-closed" size={26} />
          </span>
          <div role="alert" className="min-w-0">
            <h1 className="text-20 font-semibold">{t(`recovery.problem.${problem}.title`)}</h1>
            <p className="mt-1 text-14 text-quiet">{t(`recovery.problem.${problem}.text`)}</p>
          </div>
        </header>
        <p className="text-13 text-quiet">{t('recovery.meanwhile')}</p>
        {failed && <Strip tone="block">{t('recovery.failed')}</Strip>}
        <div>
          <Button look="accent" disabled={busy} onClick={store.retry}>
            {t('recovery.retry')}
          </Button>
        </div>
        {!passing.includes(problem) && (
          <>
            {backups.length > 0 && <BackupList backups={backups} busy={busy} />}
            <StartWithoutRules busy={busy} />
          </>
        )}
      </div>
    </main>
  );
}

interface ListProps {
  readonly backups: readonly BackupView[];
  readonly busy: boolean;
}

function BackupList({ backups, busy }: ListProps) {
  const { t, i18n } = useTranslation();
  const store = useRecoveryStore();
  return (
    <section className="flex flex-col gap-2">
      <h2 className="text-16 font-semibold">{t('recovery.backups')}</h2>
      <p className="text-13 text-quiet">{t('recovery.backupsText')}</p>
      <ul className="divide-y divide-line rounded-card border border-line">
        {backups.map(({ backupId, madeAt, rules }) => (
          <li key={backupId} className="flex items-center gap-4 px-4 py-2.5">
            <span className="min-w-0 flex-1">
              <span className="numbers block text-14 font-medium">
                {dayTime(madeAt, i18n.language)}
              </span>
              <span className="numbers block text-12 text-quiet">
                {timeAgo(madeAt, i18n.language)} {'\u00b7'} {t('rules.count', { count: rules })}
              </span>
            </span>
            <Button
              disabled={busy}
              onClick={() => {
                store.restore(backupId);
              }}
            >
              {t('recovery.restore')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Asks again: every rule would have to be made anew. */
function StartWithoutRules({ busy }: { readonly busy: boolean }) {
  const { t } = useTranslation();
  const store = useRecoveryStore();
  const [sure, setSure] = useState(false);
  return (
    <section className="flex flex-col gap-2">
      <h2 className="text-16 font-semibold">{t('recovery.anew')}</h2>
      <p className="text-13 text-quiet">{t('recovery.anewText')}</p>
      <div>
        <Button
          disabled={busy}
          onClick={() => {
            if (sure) store.startWithoutRules();
            setSure(!sure);
          }}
        >
          {t(sure ? 'recovery.anewSure' : 'recovery.anew')}
        </Button>
      </div>
    </section>
  );
}
