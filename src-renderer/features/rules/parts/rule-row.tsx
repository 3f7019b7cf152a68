import { Pencil, StickyNote, Trash2 } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { RuleView } from '../../../../src-preload/contract/rules.ts';
import { english } from '../../../i18n/english.ts';
import { Mark } from '../../../marks.tsx';
import { exactTime, timeAgo } from '../../../time-words.ts';
import { UntrustedText } from '../../../untrusted-text.tsx';
import { IconButton } from '../../../ui/button.tsx';
import { Switch } from '../../../ui/switch.tsx';
import { RuleWords } from '../../connection/rule-words.tsx';
import { useStatus } from '../../status/store.ts';
import { useRulesStore } from '../store.ts';

/** One rule as a sentence, its facts in columns at the right. */
export const RuleRow = memo(function RuleRow({ rule }: { readonly rule: RuleView }) {
  const { t } = useTranslation();
  const mayChange = useStatus((model) => model.onlooker === null);
  const allowed = rule.verdict === 'allow';
  return (
    <div className={`flex h-full items-center gap-3 px-6 ${rule.enabled ? '' : 'rule-off'}`}>
      <span title={t(`verdict.${rule.verdict}`)} className={allowed ? 'text-allow' : 'text-block'}>
        <Mark name={allowed ? 'gate-open' : 'gate-closed'} size={18} />
      </span>
      <div role="gridcell" className="min-w-0 flex-1">
        <p className="line-clamp-2 text-14 leading-[1.125rem]">
          <RuleWords rule={rule} />
        </p>
        <p className="flex min-w-0 items-center gap-2 text-quiet">
          <Conditions rule={rule} />
          <Second rule={rule} />
        </p>
      </div>
      {mayChange && <LastUsed rule={rule} />}
      {mayChange && <Actions rule={rule} />}
    </div>
  );
});

function Actions({ rule }: { readonly rule: RuleView }) {
  const { t } = useTranslation();
  const store = useRulesStore();
  return (
    <div role="gridcell" className="relative flex shrink-0 items-center gap-2">
      <span className="row-actions row-actions-before flex gap-2">
        <IconButton
          label={t('edit.open')}
          tabIndex={-1}
          className="row-action"
          onClick={() => {
            store.dispatch({ type: 'forming', form: { kind: 'edit', rule } });
          }}
        >
          <Pencil size={15} aria-hidden="true" />
        </IconButton>
        <IconButton
          label={t('rules.remove')}
          tabIndex={-1}
          className="row-action"
          onClick={() => {
            void store.remove(rule);
          }}
        >
          <Trash2 size={15} aria-hidden="true" />
        </IconButton>
      </span>
      <Switch
        label={t('rules.enable')}
        tabIndex={-1}
        checked={rule.enabled}
        onChange={(enabled) => {
          void store.setEnabled(rule, enabled);
        }}
      />
    </div>
  );
}

/** The factory's rules say what they are for; others say which file. */
function Second({ rule }: { readonly rule: RuleView }) {
  const { t } = useTranslation();
  const { factoryId, subject } = rule;
  if (factoryId !== null && isFactoryId(factoryId)) {
    return <span className="truncate text-12">{t(`factory.${factoryId}`)}</span>;
  }
  return <UntrustedText text={subject.path} kind="path" className="font-mono text-12" />;
}

const isFactoryId = (id: string): id is keyof typeof english.factory => id in english.factory;

/** What the sentence leaves out: who made it, what it needs, what was noted. */
function Conditions({ rule }: { readonly rule: RuleView }) {
  const { t } = useTranslation();
  const { factoryId, note } = rule;
  const mayChange = useStatus((model) => model.onlooker === null);
  return (
    <span className="flex shrink-0 items-center gap-1.5 text-12 empty:hidden">
      {mayChange && rule.needsReview && <span className="tag tag-review">{t('rule.learned')}</span>}
      {!mayChange && !rule.enabled && <span className="tag">{t('onlooker.off')}</span>}
      {factoryId !== null && <span className="tag">{t('rule.factory')}</span>}
      {rule.withChildren && <span className="tag">{t('rule.withChildren')}</span>}
      {rule.verdict === 'drop' && <span className="tag">{t('rule.drop')}</span>}
      {rule.network !== null && <span className="tag">{t('rule.network')}</span>}
      {note !== '' && <StickyNote size={13} aria-label={t('edit.note')} className="text-faint" />}
    </span>
  );
}

function LastUsed({ rule }: { readonly rule: RuleView }) {
  const { t, i18n } = useTranslation();
  const words =
    rule.lastUsedAt === null ? t('rules.never') : timeAgo(rule.lastUsedAt, i18n.language);
  return (
    <div
      role="gridcell"
      title={rule.lastUsedAt === null ? undefined : exactTime(rule.lastUsedAt, i18n.language)}
      className="row-time numbers shrink-0 text-right text-12 text-quiet"
    >
      <p>{words}</p>
      <p>{rule.hits > 0 && t('rules.hits', { count: rule.hits })}</p>
    </div>
  );
}
