import type { TFunction } from 'i18next';
import { Trans, useTranslation } from 'react-i18next';
import type { Untrusted } from '../../../src-preload/contract/model.ts';
import type { Place, PortRange, RuleView } from '../../../src-preload/contract/rules.ts';
import { shortTime } from '../../time-words.ts';
import { Emphasis } from './rule-sentence.tsx';

/** A rule as a sentence. Program and place stay isolated inside it. */
export function RuleWords({ rule }: { readonly rule: RuleView }) {
  const { t, i18n } = useTranslation();
  const { subject, place, direction } = rule;
  const verdict = rule.verdict === 'allow' ? 'allow' : 'block';
  const kind = place.kind === 'anything' ? 'anything' : 'place';
  const who = subject.kind === 'anything' ? t('rule.everybody') : subject.name;
  return (
    <Trans
      i18nKey={`rule.${direction}.${verdict}.${kind}`}
      values={{ ports: portsClause(t, rule), howLong: howLong(t, rule, i18n.language) }}
      components={{
        who: <Emphasis text={who} kind="name" />,
        where: <Emphasis text={placeWords(t, place)} kind="host" />,
      }}
    />
  );
}

/** A place in words. */
export function placeWords(t: TFunction, place: Place): Untrusted {
  switch (place.kind) {
    case 'anything':
      return '';
    case 'loopback':
    case 'lan':
      return t(`rule.${place.kind}`);
    case 'address':
      return place.address;
    case 'range':
      return `${place.first}\u2013${place.last}`;
    case 'host':
      return place.name;
    case 'domain':
      return t('rule.below', { name: place.name });
  }
}

/** "80,8000-8080"; empty for any. */
export function portsText(ports: readonly PortRange[] | null): string {
  return (ports ?? [])
    .map(({ first, last }) => (first === last ? String(first) : `${String(first)}-${String(last)}`))
    .join(', ');
}

function portsClause(t: TFunction, { ports, protocol }: RuleView): string {
  const only = ports?.[0];
  if (ports === null || only === undefined) {
    return protocol === null ? '' : t('rule.onPorts', { ports: protocol.kind.toUpperCase() });
  }
  const count = ports.length === 1 && only.first === only.last ? 1 : 2;
  return t('rule.onPorts', { ports: t('rule.portList', { count, ports: portsText(ports) }) });
}

function howLong(t: TFunction, { lifetime, until }: RuleView, language: string): string {
  return until === null
    ? t(`howLong.${lifetime}`)
    : t('rule.until', { time: shortTime(until, language) });
}
