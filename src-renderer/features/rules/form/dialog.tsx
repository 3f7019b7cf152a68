import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ErrorCode, Result } from '../../../../src-preload/contract/model.ts';
import type { RuleView } from '../../../../src-preload/contract/rules.ts';
import { Mark } from '../../../marks.tsx';
import { dayTime } from '../../../time-words.ts';
import { untrustedLabel } from '../../../untrusted-text.tsx';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { RuleWords } from '../../connection/rule-words.tsx';
import { connectionOfRule } from '../parts/explained.ts';
import type { RuleForm } from '../reducer.ts';
import { useRules, useRulesStore } from '../store.ts';
import { editOf, emptyFields, fieldsOfRule, newRuleOf, wrongField, type Fields } from './fields.ts';
import { RehearsalWords } from './rehearsal.tsx';
import { LifetimePart, MorePart, PlacePart, VerdictPart } from './terms-part.tsx';
import { useTryOut } from './try-out.ts';
import { Program, WhomPart } from './whom-part.tsx';

/** Makes a rule or changes one, or shows nothing. */
export function RuleDialog() {
  const { t } = useTranslation();
  const store = useRulesStore();
  const form = useRules((model) => model.form);
  if (form === null) return null;
  const close = (): void => {
    store.dispatch({ type: 'forming', form: null });
  };
  return (
    <Dialog title={t(form.kind === 'edit' ? 'edit.title' : 'form.title')} onClose={close}>
      <Form key={form.kind === 'edit' ? form.rule.ruleId : 'new'} form={form} onClose={close} />
    </Dialog>
  );
}

function Form({ form, onClose }: { readonly form: RuleForm; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const store = useRulesStore();
  const rule = form.kind === 'edit' ? form.rule : null;
  const [fields, setFields] = useState(() => startOf(form));
  const [refused, setRefused] = useState<ErrorCode | null>(null);
  const [tried, setTried] = useState(false);
  const wrong = wrongField(fields, rule === null);
  const input = rule === null ? newRuleOf(fields) : editOf(rule, fields);
  const tryOut = useTryOut(wrong === null ? input : null);
  const error = refused ?? refusal(tryOut.preview);
  const set = (change: Partial<Fields>): void => {
    setFields((before) => ({ ...before, ...change }));
    setRefused(null);
  };
  const submit = (): void => {
    setTried(true);
    if (wrong === null) void store.save(input).then(setRefused);
  };
  const place = error === 'bad-place' || error === 'bad-ports';
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {rule === null ? (
        <WhomPart
          fields={fields}
          set={set}
          isWrong={error === 'bad-subject' || (tried && wrong === 'whom')}
        />
      ) : (
        <Program subject={rule.subject} />
      )}
      <VerdictPart fields={fields} set={set} />
      <PlacePart fields={fields} set={set} error={error} />
      <LifetimePart fields={fields} set={set} rule={rule} minutesWrong={wrong === 'minutes'} />
      <MorePart fields={fields} set={set} rule={rule} />
      {rule !== null && <Origin rule={rule} />}
      {error !== null && !place && error !== 'bad-subject' && (
        <p role="alert" className="text-13 text-block">
          {t(`errors.${error}`)}
        </p>
      )}
      <Foot onClose={onClose} rule={rule} isNew={rule === null}>
        <Outlook tryOut={tryOut} isReady={wrong === null && error === null} />
      </Foot>
    </form>
  );
}

function startOf(form: RuleForm): Fields {
  return form.kind === 'edit' ? fieldsOfRule(form.rule) : { ...emptyFields, ...form.start };
}

function refusal(preview: Result<RuleView> | null): ErrorCode | null {
  return preview === null || preview.ok ? null : preview.code;
}

interface OutlookProps {
  readonly tryOut: ReturnType<typeof useTryOut>;
  readonly isReady: boolean;
}

/** The rule as a sentence, and what it would have done. The box keeps its height while the words change. */
function Outlook({ tryOut, isReady }: OutlookProps) {
  const { t } = useTranslation();
  const { preview, isFresh, rehearsal } = tryOut;
  if (!isReady || preview?.ok !== true) {
    return <p className="min-h-10 text-13 text-faint">{t('form.notYet')}</p>;
  }
  const rule = preview.value;
  const allowed = rule.verdict === 'allow';
  return (
    <div className="flex min-h-10 gap-3">
      <span className={allowed ? 'text-allow' : 'text-block'}>
        <Mark name={allowed ? 'gate-open' : 'gate-closed'} size={18} />
      </span>
      <div className="min-w-0 flex-1">
        <p role="status" className={`text-14 ${isFresh ? '' : 'opacity-60'}`}>
          <RuleWords rule={rule} shape="whole" />
        </p>
        <div className="numbers text-12 text-quiet">
          <RehearsalWords rehearsal={rehearsal} />
        </div>
      </div>
    </div>
  );
}

interface FootProps {
  readonly rule: RuleView | null;
  readonly isNew: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Stays in view however long the form is. */
function Foot({ rule, isNew, onClose, children }: FootProps) {
  const { t } = useTranslation();
  const store = useRulesStore();
  return (
    <div className="dialog-foot">
      {children}
      <div className="flex justify-end gap-2">
        {rule !== null && (
          <Button
            look="quiet"
            className="mr-auto"
            onClick={() => {
              store.dispatch({ type: 'explaining', connection: connectionOfRule(rule) });
            }}
          >
            {t('explain.open')}
          </Button>
        )}
        <Button onClick={onClose}>{t('edit.cancel')}</Button>
        <Button look="accent" type="submit">
          {t(isNew ? 'form.add' : 'edit.save')}
        </Button>
      </div>
    </div>
  );
}

function Origin({ rule }: { readonly rule: RuleView }) {
  const { t, i18n } = useTranslation();
  const { asked, editedAt } = rule;
  const time = dayTime(rule.createdAt, i18n.language);
  return (
    <p className="text-12 text-faint">
      {asked === null
        ? t('edit.created', { time })
        : t('edit.asked', { where: untrustedLabel(asked.address), time })}
      {editedAt !== null && `, ${t('edit.edited', { time: dayTime(editedAt, i18n.language) })}`}
    </p>
  );
}
