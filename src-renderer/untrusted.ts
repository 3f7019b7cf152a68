/** Pure rules for untrusted text: where a line may be shortened, and which characters must be made visible. */
export {
  type Segment,
  hidesSomething,
  visibleSegments,
  visibleText,
} from '../src-preload/contract/visible.ts';

/** What the text is, which decides its direction and what a shortened line keeps. */
export type UntrustedKind = 'name' | 'path' | 'host' | 'code';

/** Longest text in the document for one line; what is beyond is in the tooltip. */
const lineLimit = 512;
/** Longest end that a line keeps whole. */
const tailLimit = 48;
/** A line this short always has room, so it is left in one piece. */
const shortLimit = 14;
/** A shortened name keeps this end, which is its extension and a little more. */
const nameTail = 12;

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
