/**
 * Paths of programs that move with every update. In a pattern, `*` stands for any text within one folder's name and
 * `{version}` for a version number such as 1.0.9005 or 24.1-beta2; everything else is meant as it is.
 */
import type { Subject } from '../ports.ts';
import { subjectText } from './rule.ts';

/** Digits, at least one dot, and what follows a dash, plus or underscore. */
const VERSION = String.raw`\d+(?:\.\d+)+(?:[-+_][0-9A-Za-z.]+)?`;
const version = new RegExp(VERSION);
const tokens = /(\*|\{version\})/;
const separator = /[\\/]/;
const REMEMBERED = 4096;

/** Whether this text is a pattern. */
export function hasTokens(path: string): boolean {
  return tokens.test(path);
}

/** The pattern of this path with its versioned folders, or null where there are none. The file's own name stays. */
export function generalised(path: string): string | null {
  if (hasTokens(path)) return null;
  const parts = path.split(/([\\/])/);
  const folders = parts.slice(0, -1).map((part) => part.replace(version, '{version}'));
  const pattern = [...folders, parts.at(-1)].join('');
  return pattern === path ? null : pattern;
}

/** What a pattern matches, as a test of whole paths. */
export function compilePattern(pattern: string): (path: string) => boolean {
  const source = pattern.split(tokens).map(sourceOf).join('');
  const whole = new RegExp(`^${source}$`, 's');
  return (path) => whole.test(path);
}

function sourceOf(part: string): string {
  if (part === '*') return String.raw`[^\\/]*`;
  return part === '{version}' ? VERSION : part.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

/** Whether a pattern names one file in some folder, so that it is not everybody by another name. */
export function isUsablePattern(pattern: string): boolean {
  const parts = pattern.split(separator).filter((part) => part !== '');
  const literal = parts.filter((part) => !tokens.test(part));
  return parts.length >= 2 && literal.length >= 2 && !/\*[^\\/]*\*/.test(pattern);
}

/** The patterns that rules have, found by path. */
export class PatternIndex {
  readonly #patterns = new Map<string, { subject: Subject; matches: (path: string) => boolean }>();
  readonly #uses = new Map<string, number>();
  /** By path, for the paths that were asked about last. */
  readonly #known = new Map<string, readonly Subject[]>();

  add(subject: Subject): void {
    const key = subjectText(subject);
    this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1);
    this.#patterns.set(key, { subject, matches: compilePattern(subject.key) });
    this.#known.clear();
  }

  delete(subject: Subject): void {
    const key = subjectText(subject);
    const uses = (this.#uses.get(key) ?? 0) - 1;
    this.#known.clear();
    if (uses > 0) this.#uses.set(key, uses);
    else {
      this.#uses.delete(key);
      this.#patterns.delete(key);
    }
  }

  /** The patterns that this path matches. */
  of({ key }: Subject): readonly Subject[] {
    if (this.#patterns.size === 0) return [];
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = [...this.#patterns.values()].flatMap(({ subject, matches }) =>
      matches(key) ? [subject] : [],
    );
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(key, found);
    return found;
  }
}
