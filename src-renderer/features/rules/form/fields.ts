/** What the form of a rule holds, and the calls that it makes of it. Pure. */
import type { JournalView } from '../../../../src-preload/contract/rules.ts';
import {
  writtenPlace,
  type NetworkCondition,
  type NewRule,
  type RuleEdit,
  type RuleView,
} from '../../../../src-preload/contract/rules.ts';
import { portsText } from '../../connection/rule-words.tsx';

/** How a program is named: by what is written, or `seen` for one that was chosen from the journal. */
export const writtenKinds = [
  'path',
  'path-pattern',
  'service',
  'package',
  'interpreter-script',
  'hash',
  'anything',
] as const;
export type WhomKind = (typeof writtenKinds)[number] | 'seen';

/** `kept`: as long as it was, or the very network that it was for. */
export type FormLifetime = NonNullable<RuleEdit['lifetime']> | 'kept';
export type FormNetwork = '' | 'public' | 'private' | 'domain' | 'kept';

export interface Fields {
  readonly whom: WhomKind;
  readonly text: string;
  readonly script: string;
  readonly seen: Pick<JournalView, 'lineId' | 'subject'> | null;
  readonly direction: RuleView['direction'];
  readonly verdict: 'allow' | 'block';
  readonly place: string;
  readonly ports: string;
  /** IANA number as text; empty for any. */
  readonly protocol: string;
  readonly network: FormNetwork;
  readonly lifetime: FormLifetime;
  readonly minutes: string;
  readonly withChildren: boolean;
  readonly note: string;
}

/** A field that something is wrong with, before main is asked. */
export type WrongField = 'whom' | 'minutes';

export const emptyFields: Fields = {
  whom: 'path',
  text: '',
  script: '',
  seen: null,
  direction: 'outbound',
  verdict: 'allow',
  place: '',
  ports: '',
  protocol: '',
  network: '',
  lifetime: 'always',
  minutes: '60',
  withChildren: false,
  note: '',
};

/** A rule for what was seen: what a rule decided is turned round, since the same again would change nothing. */
export function fieldsOfLine(line: JournalView): Partial<Fields> {
  const { lineId, subject, target, verdict, by } = line;
  const other = verdict === 'allow' ? 'block' : 'allow';
  const hasPorts = target.protocol.kind === 'tcp' || target.protocol.kind === 'udp';
  return {
    whom: 'seen',
    seen: { lineId, subject },
    direction: target.direction,
    verdict: by === 'rule' ? other : verdict,
    place: target.hostName ?? target.address,
    // From outside, the port of the other side is another one each time.
    ports: hasPorts && target.direction === 'outbound' ? String(target.port) : '',
    protocol: String(target.protocol.number),
  };
}

export function fieldsOfRule(rule: RuleView): Fields {
  const { lifetime, network } = rule;
  return {
    ...emptyFields,
    direction: rule.direction,
    verdict: rule.verdict === 'allow' ? 'allow' : 'block',
    place: writtenPlace(rule.place),
    ports: portsText(rule.ports),
    protocol: rule.protocol === null ? '' : String(rule.protocol.number),
    network: formNetwork(network),
    lifetime: lifetime === 'minutes' || lifetime === 'while-it-runs' ? 'kept' : lifetime,
    withChildren: rule.withChildren,
    note: rule.note,
  };
}

function formNetwork(network: NetworkCondition | null): FormNetwork {
  if (network === null) return '';
  return network.kind === 'profile' ? network.profile : 'kept';
}

/** What is wrong with the fields by themselves; null when main can be asked. */
export function wrongField(fields: Fields, isNew: boolean): WrongField | null {
  const minutes = Number(fields.minutes);
  const inRange = /^\d{1,6}$/u.test(fields.minutes) && minutes >= 1 && minutes <= 525_600;
  if (fields.lifetime === 'minutes' && !inRange) return 'minutes';
  return isNew && !namesProgram(fields) ? 'whom' : null;
}

/** Main would take any text; a path that is not whole would be a rule for nothing. */
function namesProgram({ whom, text, script, seen }: Fields): boolean {
  switch (whom) {
    case 'anything':
      return true;
    case 'seen':
      return seen !== null;
    case 'path':
    case 'path-pattern':
      return isWhole(bare(text));
    case 'interpreter-script':
      return isWhole(bare(text)) && script.trim() !== '';
    case 'hash':
      return /^[0-9a-f]{64}$/iu.test(text.trim());
    case 'service':
    case 'package':
      return text.trim() !== '';
  }
}

/** A drive, a share or the root in front. */
function isWhole(path: string): boolean {
  return /^(?:[A-Za-z]:[\\/]|\\\\|\/)./u.test(path);
}

export function newRuleOf(fields: Fields): NewRule {
  return { subject: subjectOf(fields), ...termsOf(fields) };
}

function subjectOf({ whom, text, script, seen }: Fields): NewRule['subject'] {
  if (whom === 'seen') return { kind: 'seen', lineId: seen?.lineId ?? '' };
  if (whom === 'anything') return { kind: 'anything' };
  return whom === 'interpreter-script'
    ? { kind: whom, text: bare(text), script: script.trim() }
    : { kind: whom, text: bare(text) };
}

/** A path that Explorer copied has quotes around it. */
function bare(text: string): string {
  return text.trim().replace(/^"(.*)"$/u, '$1');
}

function termsOf(fields: Fields): Omit<NewRule, 'subject'> {
  const { lifetime, network } = fields;
  return {
    withChildren: fields.withChildren && fields.whom !== 'anything',
    verdict: fields.verdict,
    place: fields.place,
    ports: fields.ports,
    protocol: fields.protocol === '' ? null : Number(fields.protocol),
    direction: fields.direction,
    network: network === '' || network === 'kept' ? null : { kind: 'profile', profile: network },
    lifetime: lifetime === 'kept' ? 'always' : lifetime,
    minutes: lifetime === 'minutes' ? Number(fields.minutes) : null,
    note: fields.note,
  };
}

/** Only what was changed, so that what the fields cannot show stays as it is. */
export function editOf(rule: RuleView, fields: Fields): RuleEdit {
  const before = fieldsOfRule(rule);
  const terms = termsOf(fields);
  const keys = [
    'verdict',
    'place',
    'ports',
    'protocol',
    'direction',
    'withChildren',
    'note',
  ] as const;
  const changed = keys.filter((key) => fields[key] !== before[key]);
  return {
    ruleId: rule.ruleId,
    ...Object.fromEntries(changed.map((key) => [key, terms[key]])),
    ...(fields.network !== before.network && { network: terms.network }),
    ...(fields.lifetime !== before.lifetime && { lifetime: terms.lifetime }),
    ...(fields.lifetime === 'minutes' && { minutes: terms.minutes }),
  };
}
