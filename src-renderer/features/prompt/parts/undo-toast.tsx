import { Undo2 } from 'lucide-react';
import { useCallback } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import type { UndoView } from '../../../../src-preload/contract/model.ts';
import { useSecondsLeft } from '../../../clock.ts';
import { Mark } from '../../../marks.tsx';
import { Button } from '../../../ui/button.tsx';
import { Emphasis } from '../../connection/rule-sentence.tsx';
import { useCommands } from '../keys.ts';
import { usePrompt, usePromptStore } from '../store.ts';

/** The last answer, while it can be taken back. */
export function UndoToast() {
  const undo = usePrompt((model) => model.state?.undo ?? null);
  return undo === null ? null : <Toast key={undo.undoId} undo={undo} />;
}

function Toast({ undo }: { readonly undo: UndoView }) {
  const { t } = useTranslation();
  const store = usePromptStore();
  const seconds = useSecondsLeft(undo.until);
  useCommands(
    useCallback(
      (command) => {
        if (command.kind === 'undo') void store.undo();
        return command.kind === 'undo';
      },
      [store],
    ),
  );
  if (seconds === 0) return null;
  const allowed = undo.verdict === 'allow';
  const who = <Emphasis text={undo.subject.name} kind="name" />;
  return (
    <div
      role="status"
      className="prompt-toast appear flex items-center gap-2.5 py-2 pr-2 pl-5 text-13"
    >
      <span className={allowed ? 'text-allow' : 'text-block'}>
        <Mark name={allowed ? 'gate-open' : 'gate-closed'} size={18} />
      </span>
      <span className="min-w-0 flex-1">
        <Trans i18nKey={allowed ? 'prompt.allowed' : 'prompt.blocked'} components={{ who }} />
      </span>
      <Button
        look="quiet"
        title={t('prompt.undoLeft', { count: seconds })}
        onClick={() => {
          void store.undo();
        }}
      >
        <Undo2 size={14} aria-hidden="true" />
        {t('prompt.undo')}
        <span aria-hidden="true" className="numbers w-5 text-right text-12 text-faint">
          {seconds}
        </span>
      </Button>
    </div>
  );
}
