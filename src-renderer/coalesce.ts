/**
 * Passes the first value on at once and then at most one per frame, always the newest: the first card is painted
 * without delay, and a flood of changes costs one render per frame.
 */
export function perFrame<Value>(
  deliver: (value: Value) => void,
  nextFrame: (callback: () => void) => void = requestFrame,
): (value: Value) => void {
  let waiting: { readonly value: Value } | null = null;
  let framePending = false;
  const frame = (): void => {
    framePending = false;
    if (waiting === null) return;
    const { value } = waiting;
    waiting = null;
    pass(value);
  };
  const pass = (value: Value): void => {
    framePending = true;
    nextFrame(frame);
    deliver(value);
  };
  return (value) => {
    if (framePending) waiting = { value };
    else pass(value);
  };
}

const hiddenFrameMs = 100;

/** A page that is hidden, or becomes hidden meanwhile, gets no frames, but must not fall behind. */
function requestFrame(callback: () => void): void {
  let called = false;
  const once = (): void => {
    if (called) return;
    called = true;
    callback();
  };
  requestAnimationFrame(once);
  setTimeout(once, hiddenFrameMs);
}
