import { Undo2 } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useSecondsLeft } from '../../../clock.ts';
import { Button } from '../../../ui/button.tsx';
import type { RulesToast } from '../reducer.ts';
import { useRules, useRulesStore } from '../store.ts';

/** What just happened to the rules, with the way back for as long as there is one. */
export function RulesToastBar() {
  const toast = useRules((model) => model.toast);
  return (
    <div
      role="status"
      className="pointer-events-none absolute inset-x-0 bottom-5 flex justify-center"
    >
      {toast !== null && <Toast key={toast.until} toast={toast} />}
    </div>
  );
}

function Toast({ toast }: { readonly toast: RulesToast }) {
  const { t } = useTranslation();
  const store = useRulesStore();
  const seconds = useSecondsLeft(toast.until);
  if (seconds === 0) return null;
  return (
    <div className="appear pointer-events-auto flex h-11 items-center gap-3 rounded-card border border-line bg-raised pr-2 pl-4 text-13 shadow-float">
      <span className={toast.kind === 'restored' ? 'pr-2' : ''}>
        {'count' in toast
          ? t(`rules.${toast.kind}`, { count: toast.count })
          : t(`rules.${toast.kind}`)}
      </span>
      {toast.kind !== 'restored' && (
        <Button
          look="quiet"
          className="text-accent!"
          onClick={() => {
            void store.undo();
          }}
        >
          <Undo2 size={14} aria-hidden="true" />
          {t('rules.undo')}
          <span aria-hidden="true" className="numbers w-5 text-right text-12 text-faint">
            {seconds}
          </span>
        </Button>
      )}
    </div>
  );
}

/** Ctrl+Z takes back what was last done to the rules, wherever in the window that was; a field keeps its own. */
export function useUndoKey(): void {
  const store = useRulesStore();
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      const inField = event.target instanceof HTMLInputElement && event.target.value !== '';
      if (event.ctrlKey && event.key.toLowerCase() === 'z' && !inField) void store.undo();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, [store]);
}
