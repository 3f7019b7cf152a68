import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { KeyHint } from '../../../ui/key-hint.tsx';
import { openCard } from '../reducer.ts';
import { usePrompt } from '../store.ts';

/** The keys, while the window has the focus; without it they would do nothing. Their room is kept either way. */
export function KeyHints() {
  const { t } = useTranslation();
  const focused = useWindowFocus();
  const lifetimes = usePrompt((model) => openCard(model)?.lifetimes.length ?? 0);
  return (
    <div
      aria-hidden="true"
      className={`flex gap-x-2.5 max-[27rem]:invisible max-[27rem]:w-0 text-12 transition-opacity duration-120 ${focused ? '' : 'opacity-0'}`}
    >
      <KeyHint keys={['Ctrl', '\u21b5']} label={t('prompt.keys.allow')} />
      <KeyHint keys={['Ctrl', '\u232b']} label={t('prompt.keys.block')} />
      {lifetimes > 1 && (
        <KeyHint keys={[`1\u2013${String(lifetimes)}`]} label={t('prompt.keys.lifetime')} />
      )}
    </div>
  );
}

function useWindowFocus(): boolean {
  const [focused, setFocused] = useState(() => document.hasFocus());
  useEffect(() => {
    const update = (): void => {
      setFocused(document.hasFocus());
    };
    window.addEventListener('focus', update);
    window.addEventListener('blur', update);
    return () => {
      window.removeEventListener('focus', update);
      window.removeEventListener('blur', update);
    };
  }, []);
  return focused;
}
