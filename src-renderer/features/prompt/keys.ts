/** The keyboard map of the prompt. Plain keys choose; only a modifier together with a key answers. */
import { useEffect } from 'react';
import type { CardView, Verdict } from '../../../src-preload/contract/model.ts';
import type { InertGuard } from './guard.ts';
import { choiceOf, openCard } from './reducer.ts';
import type { PromptStore } from './store.ts';

export type Command =
  | { readonly kind: 'answer'; readonly verdict: Verdict }
  | { readonly kind: 'lifetime'; readonly place: number }
  | { readonly kind: 'scope' | 'details' | 'later' | 'undo' };

type Keys = Pick<
  KeyboardEvent,
  'key' | 'ctrlKey' | 'altKey' | 'metaKey' | 'shiftKey' | 'repeat' | 'isComposing'
>;

/** What a key press asks for, or null. A key that is held down answers nothing. */
export function commandOf(event: Keys): Command | null {
  if (event.isComposing || event.repeat || event.altKey || event.metaKey) return null;
  if (event.ctrlKey) return event.shiftKey ? null : withControl(event.key);
  if (/^[1-4]$/.test(event.key)) return { kind: 'lifetime', place: Number(event.key) - 1 };
  const plain: Record<string, Command> = {
    w: { kind: 'scope' },
    d: { kind: 'details' },
    escape: { kind: 'later' },
  };
  return plain[event.key.toLowerCase()] ?? null;
}

function withControl(key: string): Command | null {
  if (key === 'Enter') return { kind: 'answer', verdict: 'allow' };
  if (key === 'Backspace') return { kind: 'answer', verdict: 'block' };
  return key.toLowerCase() === 'z' ? { kind: 'undo' } : null;
}

/** Listens on the whole window; `obey` tells whether the key was for it. */
export function useCommands(obey: (command: Command) => boolean): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const command = commandOf(event);
      if (command !== null && obey(command)) event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, [obey]);
}

/** What a command does to the open card. Answers and "later" respect the guard. */
export function obeyOnCard(store: PromptStore, guard: InertGuard, command: Command): boolean {
  const card = openCard(store.model.getState());
  if (card === null || command.kind === 'undo') return false;
  if (command.kind === 'answer' || command.kind === 'later') {
    if (guard.isInert(performance.now())) return true;
    void (command.kind === 'answer' ? store.answer(command.verdict) : store.postpone());
    return true;
  }
  store.touch();
  choose(store, card, command);
  return true;
}

function choose(store: PromptStore, card: CardView, command: Command): void {
  if (command.kind === 'details') store.dispatch({ type: 'toggledDetails' });
  if (command.kind === 'lifetime') {
    const lifetime = card.lifetimes[command.place];
    if (lifetime !== undefined) store.dispatch({ type: 'chose', choice: { lifetime } });
  }
  if (command.kind === 'scope') {
    const { scope } = choiceOf(store.model.getState(), card);
    const next = card.scopes[(card.scopes.indexOf(scope) + 1) % card.scopes.length];
    if (next !== undefined) store.dispatch({ type: 'chose', choice: { scope: next } });
  }
}
