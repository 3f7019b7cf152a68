import { useTranslation } from 'react-i18next';
import type { ImportReport } from '../../../src-preload/contract/rules.ts';
import { Button } from '../../ui/button.tsx';
import { Strip } from '../../ui/strip.tsx';
import { UntrustedText } from '../../untrusted-text.tsx';
import { RuleWords } from '../connection/rule-words.tsx';
import { useCare, useCareStore } from './store.ts';

/** Changes that are told one by one. */
const shown = 30;

/** What a file would change, before it does; or what is wrong with it. */
export function ImportDraft() {
  const report = useCare((model) => model.draft?.report ?? null);
  if (report === null) return null;
  return report.problemTotal > 0 ? <Problems report={report} /> : <WouldChange report={report} />;
}

function Problems({ report }: { readonly report: ImportReport }) {
  const { t } = useTranslation();
  const { problems, problemTotal } = report;
  return (
    <Strip tone="block">
      <p className="numbers font-medium">{t('care.problems', { count: problemTotal })}</p>
      <ul>
        {problems.map(({ line, reason }, place) => (
          <li key={`${String(line)} ${String(place)}`} className="numbers flex min-w-0 gap-2">
            <span className="shrink-0 text-quiet">{t('care.problem', { line })}</span>
            <UntrustedText text={reason} kind="name" shape="whole" />
          </li>
        ))}
      </ul>
      {problemTotal > problems.length && (
        <p className="numbers">
          {t('care.moreChanges', { count: problemTotal - problems.length })}
        </p>
      )}
    </Strip>
  );
}

function WouldChange({ report }: { readonly report: ImportReport }) {
  const { t } = useTranslation();
  const store = useCareStore();
  const busy = useCare((model) => model.busy);
  const { added, replaced, unchanged } = report;
  const isSomething = added + replaced > 0;
  return (
    <div className="flex flex-col gap-3">
      <p role="status" className="numbers text-13 font-medium">
        {isSomething ? t('care.would', { added, replaced, unchanged }) : t('care.wouldNothing')}
      </p>
      {isSomething && <Changes report={report} />}
      <div className="flex justify-end gap-2">
        <Button onClick={store.cancel}>{t('care.cancel')}</Button>
        {isSomething && (
          <Button look="accent" disabled={busy} onClick={() => void store.apply()}>
            {t('care.apply')}
          </Button>
        )}
      </div>
    </div>
  );
}

function Changes({ report: { changes, added, replaced } }: { readonly report: ImportReport }) {
  const { t } = useTranslation();
  const more = added + replaced - Math.min(shown, changes.length);
  return (
    <ul className="flex max-h-72 flex-col gap-1.5 overflow-y-auto text-13">
      {changes.slice(0, shown).map(({ kind, rule }, place) => (
        <li key={place} className="flex items-baseline gap-2">
          <span className={`tag ${kind === 'replaced' ? 'tag-review' : ''}`}>
            {t(kind === 'replaced' ? 'care.replaced' : 'care.added')}
          </span>
          <span className="min-w-0">
            <RuleWords rule={rule} />
          </span>
        </li>
      ))}
      {more > 0 && <li className="numbers text-quiet">{t('care.moreChanges', { count: more })}</li>}
    </ul>
  );
}
