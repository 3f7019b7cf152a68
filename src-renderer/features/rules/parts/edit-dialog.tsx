import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ErrorCode } from '../../../../src-preload/contract/model.ts';
import {
  writtenPlace,
  type RuleEdit,
  type RuleView,
} from '../../../../src-preload/contract/rules.ts';
import { exactTime } from '../../../time-words.ts';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { Segmented } from '../../../ui/segmented.tsx';
import { Switch } from '../../../ui/switch.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import { portsText, RuleWords } from '../../connection/rule-words.tsx';
import { useRules, useRulesStore } from '../store.ts';

type Lifetime = NonNullable<RuleEdit['lifetime']> | 'until';

/** What of a rule may be changed, as the fields hold it. */
interface Fields {
  readonly verdict: 'allow' | 'block';
  readonly place: string;
  readonly ports: string;
  /** `until`: as long as it was. */
  readonly lifetime: Lifetime;
  readonly withChildren: boolean;
  readonly note: string;
}

/** Changes the rule that is being edited, or shows nothing. */
export function EditDialog() {
  const { t } = useTranslation();
  const store = useRulesStore();
  const rule = useRules((model) => model.editing);
  if (rule === null) return null;
  const close = (): void => {
    store.dispatch({ type: 'editing', rule: null });
  };
  return (
    <Dialog title={t('edit.title')} onClose={close}>
      <Form key={rule.ruleId} rule={rule} onClose={close} />
    </Dialog>
  );
}

function Form({ rule, onClose }: { readonly rule: RuleView; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const store = useRulesStore();
  const [fields, setFields] = useState(() => fieldsOf(rule));
  const [error, setError] = useState<ErrorCode | null>(null);
  const set = (change: Partial<Fields>): void => {
    setFields((before) => ({ ...before, ...change }));
    setError(null);
  };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void store.change(editOf(rule, fields)).then(setError);
      }}
    >
      <p className="text-13 text-quiet">
        <RuleWords rule={rule} />
      </p>
      <Choices fields={fields} set={set} rule={rule} />
      <Places fields={fields} set={set} error={error} />
      <TextField
        label={t('edit.note')}
        value={fields.note}
        maxLength={2000}
        onChange={(note) => {
          set({ note });
        }}
      />
      <Origin rule={rule} />
      {error !== null && error !== 'bad-place' && error !== 'bad-ports' && (
        <p role="alert" className="text-13 text-block">
          {t(`errors.${error}`)}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button
          look="quiet"
          className="mr-auto"
          onClick={() => {
            store.dispatch({ type: 'explaining', rule });
          }}
        >
          {t('explain.open')}
        </Button>
        <Button onClick={onClose}>{t('edit.cancel')}</Button>
        <Button look="accent" type="submit">
          {t('edit.save')}
        </Button>
      </div>
    </form>
  );
}

interface PartProps {
  readonly fields: Fields;
  readonly set: (change: Partial<Fields>) => void;
}

function Choices({ fields, set, rule }: PartProps & { readonly rule: RuleView }) {
  const { t } = useTranslation();
  const kept = rule.lifetime === 'while-it-runs' || rule.lifetime === 'minutes';
  const lifetimes = [
    ...(kept ? [{ value: 'until' as const, label: t('edit.until') }] : []),
    { value: 'minutes' as const, label: t('edit.minutes') },
    { value: 'until-sign-out' as const, label: t('edit.until-sign-out') },
    { value: 'until-restart' as const, label: t('lifetime.until-restart') },
    { value: 'always' as const, label: t('lifetime.always') },
  ];
  return (
    <>
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
      <Segmented
        wrap
        label={t('edit.lifetime')}
        value={fields.lifetime}
        segments={lifetimes}
        onChange={(lifetime) => {
          set({ lifetime });
        }}
      />
      {rule.subject.kind !== 'anything' && (
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
    </>
  );
}

function Places({ fields, set, error }: PartProps & { readonly error: ErrorCode | null }) {
  const { t } = useTranslation();
  return (
    <>
      <TextField
        label={t('edit.place')}
        hint={t('edit.placeHint')}
        error={error === 'bad-place' ? t('errors.bad-place') : null}
        value={fields.place}
        maxLength={256}
        mono
        onChange={(place) => {
          set({ place });
        }}
      />
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
    </>
  );
}

function Origin({ rule }: { readonly rule: RuleView }) {
  const { t, i18n } = useTranslation();
  const { asked, editedAt } = rule;
  const time = exactTime(rule.createdAt, i18n.language);
  return (
    <p className="text-12 text-faint">
      {asked === null
        ? t('edit.created', { time })
        : t('edit.asked', { where: asked.address, time })}
      {editedAt !== null && `, ${t('edit.edited', { time: exactTime(editedAt, i18n.language) })}`}
    </p>
  );
}

function fieldsOf(rule: RuleView): Fields {
  const { lifetime } = rule;
  return {
    verdict: rule.verdict === 'allow' ? 'allow' : 'block',
    place: writtenPlace(rule.place),
    ports: portsText(rule.ports),
    lifetime: lifetime === 'minutes' || lifetime === 'while-it-runs' ? 'until' : lifetime,
    withChildren: rule.withChildren,
    note: rule.note,
  };
}

/** Only what was changed, so that what the fields cannot show stays as it is. */
function editOf(rule: RuleView, fields: Fields): RuleEdit {
  const before = fieldsOf(rule);
  const { lifetime } = fields;
  return {
    ruleId: rule.ruleId,
    ...(fields.verdict !== before.verdict && { verdict: fields.verdict }),
    ...(fields.place !== before.place && { place: fields.place }),
    ...(fields.ports !== before.ports && { ports: fields.ports }),
    ...(fields.note !== before.note && { note: fields.note }),
    ...(fields.withChildren !== before.withChildren && { withChildren: fields.withChildren }),
    ...(lifetime !== before.lifetime && lifetime !== 'until' && { lifetime }),
    ...(lifetime === 'minutes' && { minutes: 60 }),
  };
}
