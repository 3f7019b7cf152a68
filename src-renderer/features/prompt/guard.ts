/**
 * The inert guard: for 900 ms after anything changed that a click in flight could not have meant, answers do not count.
 * A press that began while the guard was up, or during which it went up, does not count either, whenever it ends.
 */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';

export const inertMs = 900;

/** When the guard was last armed, and whether it still is. Times are milliseconds of a clock that never jumps. */
export class InertGuard {
  #armedAt = Number.NEGATIVE_INFINITY;
  /** Null: no press is under way. */
  #pressIsVoid: boolean | null = null;

  arm(now: number): void {
    this.#armedAt = now;
    // A press under way was meant for what was there before.
    if (this.#pressIsVoid !== null) this.#pressIsVoid = true;
  }

  isInert(now: number): boolean {
    return now - this.#armedAt < inertMs;
  }

  /** A pointer or key goes down on an answer. */
  press(now: number): void {
    this.#pressIsVoid = this.isInert(now);
  }

  /** Whether the activation that ends now may count; `clicks` is 2 for the second click of a double click. */
  accepts(now: number, clicks: number): boolean {
    const isVoid = this.#pressIsVoid === true;
    this.#pressIsVoid = null;
    return !isVoid && clicks < 2 && !this.isInert(now);
  }
}

export interface GuardView {
  readonly inert: boolean;
  /** Grows each time the guard is armed, to start the ring anew. */
  readonly round: number;
  readonly guard: InertGuard;
  readonly arm: () => void;
  /** A pointer or key goes down on an answer. */
  readonly press: () => void;
}

/** A press can overtake the event that tells of a new size, so the size is compared at each press, too. */
function windowSize(): string {
  return `${String(window.innerWidth)}x${String(window.innerHeight)}`;
}

/** A guard that is armed on show, when `question` changes, and when the window gets focus or another size. */
export function useInertGuard(question: string): GuardView {
  const guard = useRef(new InertGuard()).current;
  const [{ round, inert }, setRound] = useState({ round: 0, inert: true });
  const size = useRef('');
  const arm = useMemo(
    () => () => {
      size.current = windowSize();
      guard.arm(performance.now());
      setRound((before) => ({ round: before.round + 1, inert: true }));
    },
    [guard],
  );
  // During render, so that not even the first frame of a changed card can be answered.
  const shown = useRef('');
  if (shown.current !== question) {
    shown.current = question;
    guard.arm(performance.now());
  }
  // Before the frame is painted: the buttons must not look ready while they aren't.
  useLayoutEffect(() => {
    arm();
    dropFocusOnAnswer();
  }, [arm, question]);
  useEffect(() => listenForChanges(arm), [arm]);
  useEffect(() => {
    const timer = setTimeout(() => {
      if (!guard.isInert(performance.now())) setRound((before) => ({ ...before, inert: false }));
    }, inertMs + 5);
    return () => {
      clearTimeout(timer);
    };
  }, [guard, round]);
  const press = useMemo(
    () => () => {
      if (size.current !== windowSize()) arm();
      guard.press(performance.now());
    },
    [arm, guard],
  );
  return useMemo(() => ({ inert, round, guard, arm, press }), [inert, round, guard, arm, press]);
}

/** A button that was used for one question must not keep the focus for the next. */
function dropFocusOnAnswer(): void {
  const focused = document.activeElement;
  if (focused instanceof HTMLElement && focused.dataset['answer'] !== undefined) focused.blur();
}

function listenForChanges(arm: () => void): () => void {
  const shown = (): void => {
    if (!document.hidden) arm();
  };
  window.addEventListener('focus', arm);
  window.addEventListener('resize', arm);
  window.addEventListener('pageshow', arm);
  document.addEventListener('visibilitychange', shown);
  return () => {
    window.removeEventListener('focus', arm);
    window.removeEventListener('resize', arm);
    window.removeEventListener('pageshow', arm);
    document.removeEventListener('visibilitychange', shown);
  };
}
