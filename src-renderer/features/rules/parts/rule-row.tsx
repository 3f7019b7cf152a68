import { Trash2 } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Protocol, Scope, Untrusted } from '../../../../src-preload/contract/model.ts';
import type { Place, RuleView } from '../../../../src-preload/contract/rules.ts';
import { Mark } from '../../../marks.tsx';
import { exactTime, timeAgo } from '../../../time-words.ts';
import { UntrustedText } from '../../../untrusted-text.tsx';
import { IconButton } from '../../../ui/button.tsx';
import { Switch } from '../../../ui/switch.tsx';
import { portPhrase } from '../../connection/port-words.ts';
import { RuleSentence } from '../../connection/rule-sentence.tsx';
import { useRulesStore } from '../store.ts';

/** One rule as a sentence, its facts in columns at the right. */
export const RuleRow = memo(function RuleRow({ rule }: { readonly rule: RuleView }) {
  const { t } = useTranslation();
  const store = useRulesStore();
  const allowed = rule.verdict === 'allow';
  return (
    <div className={`flex h-full items-center gap-3 px-6 ${rule.enabled ? '' : 'rule-off'}`}>
      <span title={t(`verdict.${rule.verdict}`)} className={allowed ? 'text-allow' : 'text-block'}>
        <Mark name={allowed ? 'gate-open' : 'gate-closed'} size={18} />
      </span>
      <div role="gridcell" className="min-w-0 flex-1">
        <p className="truncate text-14">
          <Sentence rule={rule} />
        </p>
        <p className="flex min-w-0 text-quiet">
          <UntrustedText text={rule.subject.path} kind="path" className="font-mono text-12" />
        </p>
      </div>
      <LastUsed rule={rule} />
      <div role="gridcell" className="flex shrink-0 items-center gap-2">
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
        <Switch
          label={t('rules.enable')}
          tabIndex={-1}
          checked={rule.enabled}
          onChange={(enabled) => {
            void store.setEnabled(rule, enabled);
          }}
        />
      </div>
    </div>
  );
});

function Sentence({ rule }: { readonly rule: RuleView }) {
  const { t } = useTranslation();
  const protocol: Protocol = rule.protocol ?? { kind: 'tcp', number: 6 };
  return (
    <RuleSentence
      verdict={rule.verdict === 'allow' ? 'allow' : 'block'}
      scope={scopeOf(rule)}
      lifetime={rule.lifetime}
      who={rule.subject.name}
      where={whereOf(rule.place)}
      port={portPhrase(t, { port: rule.ports?.[0]?.first ?? 0, protocol, service: null })}
    />
  );
}

function scopeOf({ place, ports }: RuleView): Scope {
  if (place.kind === 'anything') return 'anything';
  return ports === null ? 'address' : 'address-port';
}

function whereOf(place: Place): Untrusted {
  switch (place.kind) {
    case 'anything':
    case 'loopback':
    case 'lan':
      return '';
    case 'address':
      return place.address;
    case 'range':
      return `${place.first} – ${place.last}`;
    case 'host':
    case 'domain':
      return place.name;
  }
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
