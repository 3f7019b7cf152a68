import type { TFunction } from 'i18next';
import { Trans, useTranslation } from 'react-i18next';
import type { Untrusted } from '../../../src-preload/contract/model.ts';
import type { Place, PortRange, RuleView } from '../../../src-preload/contract/rules.ts';
import { shortTime } from '../../time-words.ts';
import { rangeText } from './address-range.ts';
import { Emphasis } from './rule-sentence.tsx';

interface Props {
  readonly rule: RuleView;
  /** `line`: names are shortened, and of many ports the first are told. `whole`: everything, on as many lines as it takes. */
  readonly shape?: 'line' | 'whole';
}

/** A rule as a sentence. Program and place stay isolated inside it. */
export function RuleWords({ rule, shape = 'line' }: Props) {
  const { t, i18n } = useTranslation();
  const { subject, place, direction } = rule;
  const verdict = rule.verdict === 'allow' ? 'allow' : 'block';
  const kind = place.kind === 'anything' ? 'anything' : 'place';
  const who = subject.kind === 'anything' ? t('rule.everybody') : subject.name;
  const most = shape === 'line' ? mostPorts : Infinity;
  return (
    <Trans
      i18nKey={`rule.${direction}.${verdict}.${kind}`}
      values={{ ports: portsClause(t, rule, most), howLong: howLong(t, rule, i18n.language) }}
      components={{
        who: <Emphasis text={who} kind="name" shape={shape} />,
        where: <Emphasis text={placeWords(t, place)} kind="host" shape={shape} />,
      }}
    />
  );
}

/** Ranges of ports that a line tells one by one. */
const mostPorts = 3;

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
      return rangeText(place.first, place.last);
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

function portsClause(t: TFunction, { ports, protocol }: RuleView, most: number): string {
  const only = ports?.[0];
  if (ports === null || only === undefined) {
    return protocol === null ? '' : t('rule.onPorts', { ports: protocol.kind.toUpperCase() });
  }
  const more = ports.length - most;
  // "and one more" would take the room of that one.
  const shown = more > 1 ? ports.slice(0, most) : ports;
  const listed = portsText(shown);
  const text = more > 1 ? t('rule.morePorts', { ports: listed, count: more }) : listed;
  const count = ports.length === 1 && only.first === only.last ? 1 : 2;
  return t('rule.onPorts', { ports: t('rule.portList', { count, ports: text }) });
}

function howLong(t: TFunction, { lifetime, until }: RuleView, language: string): string {
  return until === null
    ? t(`howLong.${lifetime}`)
    : t('rule.until', { time: shortTime(until, language) });
}
