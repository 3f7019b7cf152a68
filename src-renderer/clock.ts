import { useEffect, useState } from 'react';

/** Whole seconds until `deadline` (ms since 1970), renewed once a second while the caller is shown; 0 when it is past. */
export function useSecondsLeft(deadline: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  const left = deadline === null ? 0 : Math.max(0, deadline - now);
  useEffect(() => {
    if (left === 0) return undefined;
    const timer = setTimeout(
      () => {
        setNow(Date.now());
      },
      left % 1000 || 1000,
    );
    return () => {
      clearTimeout(timer);
    };
  }, [left, now]);
  // A deadline that was moved is measured from the present, not from the last tick.
  useEffect(() => {
    setNow(Date.now());
  }, [deadline]);
  return Math.ceil(left / 1000);
}
