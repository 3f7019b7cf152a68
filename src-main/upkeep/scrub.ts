/** Takes out of a line what says who somebody is, or whom their programs talk to. Rather too much than too little. */
import os from 'node:os';

const patterns: readonly (readonly [from: RegExp, to: string])[] = [
  [/file:\/\/[^\s)"']*/giu, '<path>'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]*/giu, '<address>'],
  // Paths of Windows and of Unix, up to what can't be in one without quotes.
  [/(?:\b[a-z]:[\\/]|\\\\)[^"'<>|?*\r\n]*/giu, '<path>'],
  [/(?<![\w/])\/(?:[^\s/:"'<>|]+\/)*[^\s/:"'<>|]+/gu, '<path>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?:\/\d+)?\b/gu, '<address>'],
  [/(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:%\w+)?(?![\w:])/giu, '<address>'],
  [/\bS-1-\d+(?:-\d+)+\b/gu, '<account>'],
  [/\b(?:[\p{L}\d_](?:[\p{L}\d_-]*[\p{L}\d_])?\.)+(?:\p{L}{2,})\b/gu, '<name>'],
];

/** The time at the start of a line stays. */
export function scrub(line: string): string {
  const time = /^\d{4}-\d\d-\d\dT[\d:.]+Z /u.exec(line)?.[0] ?? '';
  const rest = patterns.reduce(
    (text, [from, to]) => text.replaceAll(from, to),
    line.slice(time.length),
  );
  return time + ownNames().reduce((text, own) => text.replaceAll(own, '<name>'), rest);
}

/** Of this account and computer. Short ones would be found in every word. */
function ownNames(): string[] {
  const names = [os.hostname()];
  try {
    names.push(os.userInfo().username);
  } catch {
    // An account without an entry has no name to hide.
  }
  return names.filter((name) => name.length > 3);
}
