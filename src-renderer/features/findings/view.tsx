import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Finding, FindingKind } from '../../../src-preload/contract/rules.ts';
import { Mark } from '../../marks.tsx';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { UntrustedText } from '../../untrusted-text.tsx';
import { RuleWords } from '../connection/rule-words.tsx';
import { ErrorStrip } from '../error-strip.tsx';
import { useRules, useRulesStore } from '../rules/store.ts';
import { useStatus } from '../status/store.ts';
import { ViewHeader } from '../view-header.tsx';

const kinds: readonly FindingKind[] = ['shadowed', 'redundant', 'dead', 'unused'];
/** As many as main tells at once. */
const most = 500;
/** Of one kind; the others come as these are dealt with. */
const shown = 50;

/** Rules that do nothing, or nothing any more, with what to do about each. */
export function FindingsPage() {
  const { t } = useTranslation();
  const store = useRulesStore();
  const error = useRules((model) => model.error);
  const findings = useFindings();
  const count = findings?.length ?? 0;
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
      <ViewHeader
        title={t('manager.findings')}
        note={findings === null ? '' : t('findings.count', { count })}
      />
      <div className="flex max-w-[760px] flex-col gap-6 px-6 pb-20">
        <ErrorStrip
          error={error}
          onDismiss={() => {
            store.dispatch({ type: 'failed', code: null });
          }}
        />
        {count >= most && <p className="text-13 text-quiet">{t('findings.first', { count })}</p>}
        {kinds.map((kind) => (
          <Group
            key={kind}
            kind={kind}
            findings={(findings ?? []).filter((one) => one.kind === kind)}
          />
        ))}
        {findings?.length === 0 && (
          <EmptyState
            mark={<Mark name="gate-open" size={28} />}
            title={t('findings.emptyTitle')}
            text={t('findings.emptyText')}
          />
        )}
      </div>
    </div>
  );
}

/** Asked for again with each change of the rules; null until they are known. */
function useFindings(): readonly Finding[] | null {
  const store = useRulesStore();
  const version = useStatus((model) => model.ruleVersion);
  const [findings, setFindings] = useState<readonly Finding[] | null>(null);
  useEffect(() => {
    let isOld = false;
    const read = async (): Promise<void> => {
      const found = await store.findings();
      if (!isOld && found !== null) setFindings(found);
    };
    void read();
    return () => {
      isOld = true;
    };
  }, [store, version]);
  return findings;
}

interface GroupProps {
  readonly kind: FindingKind;
  readonly findings: readonly Finding[];
}

function Group({ kind, findings }: GroupProps) {
  const { t } = useTranslation();
  const store = useRulesStore();
  const canChange = useCanChange();
  if (findings.length === 0) return null;
  const own = findings
    .filter(({ rule }) => rule.origin !== 'managed')
    .map(({ rule }) => rule.ruleId);
  return (
    <section aria-labelledby={`findings-${kind}`} className="flex flex-col gap-2">
      <header className="flex flex-wrap items-end gap-x-6 gap-y-2">
        <div className="min-w-[min(16rem,100%)] flex-1">
          <h2 id={`findings-${kind}`} className="numbers text-14 font-semibold">
            {t(`findings.${kind}.title`)}
            <span className="pl-2 font-normal text-quiet">{findings.length}</span>
          </h2>
          <p className="max-w-[64ch] text-13 text-quiet">{t(`findings.${kind}.text`)}</p>
        </div>
        {canChange && own.length > 1 && (
          <Button onClick={() => void store.removeAll(own)}>
            {t('findings.removeAll', { count: own.length })}
          </Button>
        )}
      </header>
      <ul className="divide-y divide-line rounded-card border border-line">
        {findings.slice(0, shown).map((finding) => (
          <Found key={`${finding.kind} ${finding.rule.ruleId}`} finding={finding} />
        ))}
      </ul>
      {findings.length > shown && (
        <p className="numbers text-12 text-quiet">
          {t('care.moreChanges', { count: findings.length - shown })}
        </p>
      )}
    </section>
  );
}

function useCanChange(): boolean {
  return useStatus((model) => model.managed?.locked.includes('rules') !== true);
}

function Found({ finding: { rule, by } }: { readonly finding: Finding }) {
  const { t } = useTranslation();
  const allowed = rule.verdict === 'allow';
  return (
    <li className="flex items-center gap-3 px-4 py-3">
      <span title={t(`verdict.${rule.verdict}`)} className={allowed ? 'text-allow' : 'text-block'}>
        <Mark name={allowed ? 'gate-open' : 'gate-closed'} size={18} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="text-14">
          <RuleWords rule={rule} />
        </p>
        {by === null ? (
          <p className="flex min-w-0 overflow-hidden text-quiet">
            <UntrustedText text={rule.subject.path} kind="path" className="font-mono text-12" />
          </p>
        ) : (
          <p className="text-12 text-quiet">
            {t('findings.by')}
            <RuleWords rule={by} />
          </p>
        )}
      </div>
      <Actions finding={{ rule }} />
    </li>
  );
}

function Actions({ finding: { rule } }: { readonly finding: Pick<Finding, 'rule'> }) {
  const { t } = useTranslation();
  const store = useRulesStore();
  const canChange = useCanChange();
  if (rule.origin === 'managed')
    return <span className="text-12 text-quiet">{t('findings.managed')}</span>;
  if (!canChange) return null;
  return (
    <div className="flex shrink-0 gap-2">
      <Button
        look="quiet"
        onClick={() => {
          store.dispatch({ type: 'forming', form: { kind: 'edit', rule } });
        }}
      >
        {t('findings.edit')}
      </Button>
      <Button onClick={() => void store.remove(rule)}>{t('findings.remove')}</Button>
    </div>
  );
}
