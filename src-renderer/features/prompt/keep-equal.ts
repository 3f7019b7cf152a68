/**
 * `after`, with every part of `before` that is equal to its counterpart taken over as the same object, so that what
 * shows such a part need not render again. For plain data: what JSON can say.
 */
export function keepEqual<Value>(before: unknown, after: Value): Value {
  if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after)) {
    return after;
  }
  const keys = Object.keys(after);
  const kept = keys.map((key) => keepEqual(before[key], after[key]));
  const isSame =
    keys.length === Object.keys(before).length &&
    keys.every((key, place) => key in before && Object.is(before[key], kept[place]));
  if (isSame) return before as Value;
  if (Array.isArray(after)) return kept as Value;
  return Object.fromEntries(keys.map((key, place) => [key, kept[place]])) as Value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
