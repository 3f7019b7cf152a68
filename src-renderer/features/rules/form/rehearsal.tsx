import { Trans, useTranslation } from 'react-i18next';
import type { Result } from '../../../../src-preload/contract/model.ts';
import type { Rehearsal } from '../../../../src-preload/contract/rules.ts';
import { Mark } from '../../../marks.tsx';
import { exactTime, shortTime } from '../../../time-words.ts';
import { Emphasis } from '../../connection/rule-sentence.tsx';

/** What the rule would have done to the journal, or that this is being found out. */
export function RehearsalWords({ rehearsal }: { readonly rehearsal: Result<Rehearsal> | null }) {
  const { t, i18n } = useTranslation();
  if (rehearsal === null) return <p>{t('rehearsal.running')}</p>;
  if (!rehearsal.ok) return <p>{t(`errors.${rehearsal.code}`)}</p>;
  const { looked, since, decided, otherwise, changed, changedTotal } = rehearsal.value;
  if (looked === 0 || since === null) return <p>{t('rehearsal.empty')}</p>;
  const when = shortTime(since, i18n.language);
  return (
    <>
      <p>
        {t('rehearsal.decided', { count: decided, since: when })}{' '}
        {decided > 0 && t('rehearsal.changed', { count: otherwise })}
      </p>
      {changed.length > 0 && <Changed changed={changed} more={changedTotal - changed.length} />}
    </>
  );
}

interface ChangedProps {
  readonly changed: Rehearsal['changed'];
  readonly more: number;
}

function Changed({ changed, more }: ChangedProps) {
  const { t, i18n } = useTranslation();
  return (
    <details>
      <summary className="w-fit">{t('rehearsal.which')}</summary>
      <ul className="mt-1 flex max-h-40 flex-col gap-0.5 overflow-y-auto">
        {changed.map(({ subject, target, after, at, count }, place) => (
          // oxlint-disable-next-line react/no-array-index-key -- the list never changes
          <li
            key={place}
            className="flex min-w-0 items-center gap-2"
            title={exactTime(at, i18n.language)}
          >
            <span className={after === 'allow' ? 'text-allow' : 'text-block'}>
              <Mark name={after === 'allow' ? 'gate-open' : 'gate-closed'} size={14} />
            </span>
            <span className="min-w-0 flex-1 truncate">
              <Trans
                i18nKey={`rehearsal.${after}`}
                components={{
                  who: <Emphasis text={subject.name} kind="name" />,
                  where: <Emphasis text={target.hostName ?? target.address} kind="host" />,
                }}
              />
            </span>
            {count > 1 && <span className="numbers">{t('away.times', { count })}</span>}
          </li>
        ))}
        {more > 0 && <li>{t('explain.moreOthers', { count: more })}</li>}
      </ul>
    </details>
  );
}
