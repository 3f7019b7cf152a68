/**
 * Which characters of untrusted text must be made visible. Pages and the menus of main show it by the same rules.
 */
export interface Segment {
  readonly kind: 'text' | 'mark';
  readonly text: string;
}

/** Most combining characters that a letter keeps; Thai, Hebrew and Devanagari need fewer. */
const mostCombining = 4;

const combiningRun = `\\p{M}{${String(mostCombining + 1)},}`;
// Controls, format characters (bidi, zero-width, tags), lone surrogates, private use, noncharacters, separators and
// every other character that leaves no ink. U+0020 is the only space that stays.
const invisible = '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}\\p{DI}\\u2800]|(?! )\\p{Zs}';
const suspicious = new RegExp(`(${combiningRun})|(${invisible})`, 'gu');

const pictograph = /\p{Extended_Pictographic}/u;

/** Splits text into what is shown as it is and marks that stand for what could not be seen, also for no text at all. */
export function visibleSegments(text: string): Segment[] {
  const segments: Segment[] = text === '' ? [{ kind: 'mark', text: '\u27e8\u27e9' }] : [];
  let from = 0;
  for (const match of text.matchAll(suspicious)) {
    if (partOfEmoji(text, match)) continue;
    if (match.index > from) segments.push({ kind: 'text', text: text.slice(from, match.index) });
    segments.push({ kind: 'mark', text: markOf(match) });
    from = match.index + match[0].length;
  }
  if (from < text.length) segments.push({ kind: 'text', text: text.slice(from) });
  return segments;
}

/** The text with every hidden character spelled out, at most `limit` characters of the original. */
export function visibleText(text: string, limit = text.length): string {
  const shown = text.length > limit ? `${text.slice(0, limit)}\u2026` : text;
  return visibleSegments(shown)
    .map((segment) => segment.text)
    .join('');
}

/** Whether anything in the text had to be made visible. */
export function hidesSomething(text: string): boolean {
  return visibleSegments(text).some((segment) => segment.kind === 'mark');
}

/** Inside an emoji a joiner or variation selector is what makes the picture. */
function partOfEmoji(text: string, match: RegExpMatchArray): boolean {
  const at = match.index ?? 0;
  const before = text.slice(Math.max(0, at - 3), at);
  if (match[0] === '\ufe0f') return pictograph.test(before);
  return (
    match[0] === '\u200d' && pictograph.test(before) && pictograph.test(text.slice(at + 1, at + 3))
  );
}

function markOf(match: RegExpMatchArray): string {
  if (match[1] !== undefined) return `\u27e8+${String([...match[1]].length)} marks\u27e9`;
  const code = (match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `\u27e8U+${code}\u27e9`;
}
