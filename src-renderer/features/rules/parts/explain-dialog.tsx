import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../src-preload/contract/model.ts';
import type { ConnectionInput, Explanation } from '../../../../src-preload/contract/rules.ts';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import { RuleWords } from '../../connection/rule-words.tsx';
import { useRules, useRulesStore } from '../store.ts';

/** Says what decides a connection, and why the other rules do not; or shows nothing. */
export function ExplainDialog() {
  const { t } = useTranslation();
  const store = useRulesStore();
  const connection = useRules((model) => model.explaining);
  if (connection === null) return null;
  return (
    <Dialog
      title={t('explain.title')}
      onClose={() => {
        store.dispatch({ type: 'explaining', connection: null });
      }}
    >
      <Form connection={connection} />
    </Dialog>
  );
}

function Form({ connection }: { readonly connection: ConnectionInput }) {
  const { t } = useTranslation();
  const store = useRulesStore();
  const [input, setInput] = useState(connection);
  const [answer, setAnswer] = useState<Result<Explanation> | null>(null);
  const set = (change: Partial<ConnectionInput>): void => {
    setInput((before) => ({ ...before, ...change }));
  };
  return (
    <>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void store.explain(input).then(setAnswer);
        }}
      >
        <TextField
          label={t('explain.path')}
          value={input.path}
          maxLength={32_767}
          mono
          onChange={(path) => {
            set({ path });
          }}
        />
        <div className="grid grid-cols-[1fr_7rem_auto] items-end gap-3">
          <TextField
            label={t('explain.address')}
            value={input.address}
            maxLength={64}
            mono
            onChange={(address) => {
              set({ address });
            }}
          />
          <TextField
            label={t('explain.port')}
            value={String(input.port)}
            maxLength={5}
            mono
            onChange={(port) => {
              set({ port: Number(port.replaceAll(/\D/gu, '')) });
            }}
          />
          <Button look="accent" type="submit">
            {t('explain.ask')}
          </Button>
        </div>
      </form>
      <div role="status">{answer !== null && <Answer answer={answer} />}</div>
    </>
  );
}

function Answer({ answer }: { readonly answer: Result<Explanation> }) {
  const { t } = useTranslation();
  if (!answer.ok) return <p className="text-13 text-block">{t(`errors.${answer.code}`)}</p>;
  const { decidedBy, verdict, rule, others, othersTotal } = answer.value;
  return (
    <div className="flex flex-col gap-3 text-13">
      <p className="font-medium">
        {t(`explain.by.${decidedBy}`)} {decidedBy === 'mode' && t(`explain.verdict.${verdict}`)}
      </p>
      {rule !== null && (
        <p className="rounded-control bg-sunken px-3 py-2">
          <RuleWords rule={rule} />
        </p>
      )}
      {others.length > 0 && <Others others={others} more={othersTotal - others.length} />}
    </div>
  );
}

interface OthersProps {
  readonly others: Explanation['others'];
  readonly more: number;
}

function Others({ others, more }: OthersProps) {
  const { t } = useTranslation();
  return (
    <section>
      <h3 className="mb-1 text-12 font-medium text-quiet">{t('explain.others')}</h3>
      <ul className="flex flex-col divide-y divide-line">
        {others.map(({ rule, why }) => (
          <li key={rule.ruleId} className="flex items-baseline gap-3 py-1.5">
            <span className="min-w-0 flex-1">
              <RuleWords rule={rule} />
            </span>
            <span className="shrink-0 text-12 text-quiet">{t(`explain.why.${why}`)}</span>
          </li>
        ))}
      </ul>
      {more > 0 && <p className="text-12 text-faint">{t('explain.moreOthers', { count: more })}</p>}
    </section>
  );
}
