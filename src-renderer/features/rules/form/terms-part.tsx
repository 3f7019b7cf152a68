import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { ErrorCode } from '../../../../src-preload/contract/model.ts';
import type { RuleView } from '../../../../src-preload/contract/rules.ts';
import { Segmented } from '../../../ui/segmented.tsx';
import { Select } from '../../../ui/select.tsx';
import { Switch } from '../../../ui/switch.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import type { Fields, FormLifetime, FormNetwork } from './fields.ts';

interface PartProps {
  readonly fields: Fields;
  readonly set: (change: Partial<Fields>) => void;
}

export function VerdictPart({ fields, set }: PartProps) {
  const { t } = useTranslation();
  return (
    <Segmented
      label={t('edit.verdict')}
      value={fields.verdict}
      segments={[
        { value: 'allow', label: t('edit.allow') },
        { value: 'block', label: t('edit.block') },
      ]}
      onChange={(verdict) => {
        set({ verdict });
      }}
    />
  );
}

const protocols = ['', '6', '17', '1', '58'];
const protocolNames: Readonly<Record<string, string>> = {
  6: 'TCP',
  17: 'UDP',
  1: 'ICMP',
  58: 'ICMPv6',
};

/** Where to or where from, on which ports. */
export function PlacePart({
  fields,
  set,
  error,
}: PartProps & { readonly error: ErrorCode | null }) {
  const { t } = useTranslation();
  const numbers = protocols.includes(fields.protocol) ? protocols : [...protocols, fields.protocol];
  return (
    <>
      <Segmented
        label={t('form.direction')}
        value={fields.direction}
        segments={(['outbound', 'inbound', 'both'] as const).map((value) => ({
          value,
          label: t(`form.way.${value}`),
        }))}
        onChange={(direction) => {
          set({ direction });
        }}
      />
      <TextField
        label={t(fields.direction === 'inbound' ? 'form.from' : 'edit.place')}
        hint={t('edit.placeHint')}
        error={error === 'bad-place' ? t('errors.bad-place') : null}
        value={fields.place}
        maxLength={256}
        mono
        onChange={(place) => {
          set({ place });
        }}
      />
      <div className="grid grid-cols-[minmax(0,1fr)_10rem] gap-3">
        <TextField
          label={t('edit.ports')}
          hint={t('edit.portsHint')}
          error={error === 'bad-ports' ? t('errors.bad-ports') : null}
          value={fields.ports}
          maxLength={256}
          mono
          onChange={(ports) => {
            set({ ports });
          }}
        />
        <Select
          label={t('form.protocol')}
          value={fields.protocol}
          options={numbers.map((value) => ({ value, label: protocolLabel(t, value) }))}
          onChange={(protocol) => {
            set({ protocol });
          }}
        />
      </div>
    </>
  );
}

function protocolLabel(t: TFunction, number: string): string {
  if (number === '') return t('form.anyProtocol');
  return protocolNames[number] ?? t('protocol.other', { number });
}

interface LifetimeProps extends PartProps {
  /** The rule that is being changed, if one is. */
  readonly rule: RuleView | null;
  readonly minutesWrong: boolean;
}

export function LifetimePart({ fields, set, rule, minutesWrong }: LifetimeProps) {
  const { t } = useTranslation();
  const kept = rule?.lifetime === 'while-it-runs' || rule?.lifetime === 'minutes';
  const labels: readonly (readonly [FormLifetime, string])[] = [
    ...(kept ? [['kept', t('edit.until')] as const] : []),
    ['minutes', t('form.minutes')],
    ['until-sign-out', t('edit.until-sign-out')],
    ['until-restart', t('lifetime.until-restart')],
    ['always', t('lifetime.always')],
  ];
  return (
    <>
      <Segmented
        wrap
        label={t('edit.lifetime')}
        value={fields.lifetime}
        segments={labels.map(([value, label]) => ({ value, label }))}
        onChange={(lifetime) => {
          set({ lifetime });
        }}
      />
      {fields.lifetime === 'minutes' && (
        <TextField
          label={t('form.howManyMinutes')}
          error={minutesWrong ? t('form.wrong.minutes') : null}
          value={fields.minutes}
          maxLength={6}
          onChange={(minutes) => {
            set({ minutes });
          }}
        />
      )}
    </>
  );
}

/** What few rules need. */
export function MorePart({ fields, set, rule }: PartProps & { readonly rule: RuleView | null }) {
  const { t } = useTranslation();
  const networks: readonly FormNetwork[] = [
    '',
    'public',
    'private',
    'domain',
    ...(rule?.network?.kind === 'network' ? (['kept'] as const) : []),
  ];
  const isEverybody = (rule === null ? fields.whom : rule.subject.kind) === 'anything';
  return (
    <>
      <Select
        label={t('form.network')}
        value={fields.network}
        options={networks.map((value) => ({
          value,
          label: t(value === '' ? 'form.everyNetwork' : `form.networks.${value}`),
        }))}
        onChange={(network) => {
          set({ network });
        }}
      />
      {!isEverybody && (
        <label className="flex items-center justify-between gap-4 text-13">
          {t('edit.withChildren')}
          <Switch
            label={t('edit.withChildren')}
            checked={fields.withChildren}
            onChange={(withChildren) => {
              set({ withChildren });
            }}
          />
        </label>
      )}
      <TextField
        label={t('edit.note')}
        value={fields.note}
        maxLength={2000}
        onChange={(note) => {
          set({ note });
        }}
      />
    </>
  );
}
