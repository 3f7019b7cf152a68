/** Pure rules for untrusted text: which characters must be made visible, and where a line may be shortened. */

/** What the text is, which decides its direction and what a shortened line keeps. */
export type UntrustedKind = 'name' | 'path' | 'host' | 'code';

export interface Segment {
  readonly kind: 'text' | 'mark';
  readonly text: string;
}

/** Most combining characters that a letter keeps; Thai, Hebrew and Devanagari need fewer. */
const mostCombining = 4;
/** Longest text in the document for one line; what is beyond is in the tooltip. */
const lineLimit = 512;
/** Longest end that a line keeps whole. */
const tailLimit = 48;
/** A line this short always has room, so it is left in one piece. */
const shortLimit = 14;
/** A shortened name keeps this end, which is its extension and a little more. */
const nameTail = 12;

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

export interface EllipsisParts {
  /** May lose its end. */
  readonly head: string;
  /** Stays as long as there is room for it. */
  readonly tail: string;
  /** Characters were left out already here. */
  readonly cut: boolean;
}

/** Where one line may be shortened: before the file name of a path, before the registrable domain of a host. */
export function splitForEllipsis(text: string, kind: UntrustedKind): EllipsisParts {
  const cut = text.length > lineLimit;
  const whole = cut ? middleCut(text, lineLimit) : text;
  const at = tailStart(whole, kind);
  const tail = whole.slice(at);
  const kept = middleCut(tail, tailLimit);
  return { head: whole.slice(0, at), tail: kept, cut: cut || kept !== tail };
}

function tailStart(text: string, kind: UntrustedKind): number {
  if (text.length <= shortLimit) return 0;
  if (kind === 'path') return Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\'), 0);
  if (kind === 'host') return registrableStart(text);
  if (kind === 'code') return 0;
  return text.length > nameTail * 2 ? characterStart(text, text.length - nameTail) : 0;
}

/** The same place, or the one before it where that would split a surrogate pair. */
function characterStart(text: string, at: number): number {
  return (text.codePointAt(at - 1) ?? 0) > 0xffff ? at - 1 : at;
}

/**
 * Start of the last two labels of a host name, or of the last three where the second is a registry's own (co.uk). An
 * address is kept whole. A public-suffix list takes this place once names are resolved.
 */
function registrableStart(host: string): number {
  if (/^[\d.:a-f%[\]]*$/iu.test(host)) return 0;
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  const second = labels.at(-2) ?? '';
  const kept = last.length === 2 && second.length <= 3 ? 3 : 2;
  return host.length - labels.slice(-kept).join('.').length;
}

/** Leaves out the middle, never half a character. */
function middleCut(text: string, limit: number): string {
  const characters = text.length <= limit ? [] : [...text];
  if (characters.length <= limit) return text;
  const half = Math.floor((limit - 1) / 2);
  return `${characters.slice(0, half).join('')}\u2026${characters.slice(-half).join('')}`;
}
