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

/** A hidden page gets no frames, but must not fall behind. */
function requestFrame(callback: () => void): void {
  if (document.hidden) setTimeout(callback, 100);
  else requestAnimationFrame(callback);
}
