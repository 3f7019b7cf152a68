import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { monogram } from '../../src-renderer/features/connection/app-tile.tsx';
import {
  hidesSomething,
  splitForEllipsis,
  visibleSegments,
  visibleText,
} from '../../src-renderer/untrusted.ts';

describe('visibleSegments', () => {
  it.each([
    ['right-to-left override', 'invoice\u202Efdp.exe', 'invoice⟨U+202E⟩fdp.exe'],
    ['zero-width space', 'cu\u200Brl', 'cu⟨U+200B⟩rl'],
    ['bidi isolates', 'a\u2066b\u2069', 'a⟨U+2066⟩b⟨U+2069⟩'],
    ['controls', 'a\u0007\u001b[31mb', 'a⟨U+0007⟩⟨U+001B⟩[31mb'],
    ['line and paragraph ends', 'a\nb\u2028c', 'a⟨U+000A⟩b⟨U+2028⟩c'],
    ['a lone surrogate', 'a\uD800b', 'a⟨U+D800⟩b'],
    ['an interlinear annotation', 'a\uFFF9b', 'a⟨U+FFF9⟩b'],
    ['a no-break space', 'Program\u00A0Files', 'Program⟨U+00A0⟩Files'],
    ['Hangul filler', 'a\u3164b', 'a⟨U+3164⟩b'],
    ['braille blank', 'a\u2800b', 'a⟨U+2800⟩b'],
    ['private use', 'a\uE000b', 'a⟨U+E000⟩b'],
    ['tag characters', 'a\u{E0041}b', 'a⟨U+E0041⟩b'],
    ['soft hyphen and byte order mark', 'a\u00ADb\uFEFFc', 'a⟨U+00AD⟩b⟨U+FEFF⟩c'],
    ['nothing at all', '', '⟨⟩'],
    ['an emoji-only selector on a letter', 'a\uFE0F', 'a⟨U+FE0F⟩'],
  ])('given %s, then it is spelled out', (_name, text, shown) => {
    expect(visibleText(text)).toBe(shown);
    expect(hidesSomething(text)).toBe(true);
  });

  it.each([
    'curl',
    'C:\\Program Files\\Ünïcode\\日本語.exe',
    'שלום.exe',
    'ไทย',
    'नमस्ते',
    '👩‍💻 tool',
    '❤️',
  ])('given honest text %s, then it stays as it is', (text) => {
    expect(visibleSegments(text)).toEqual([{ kind: 'text', text }]);
  });

  it('given a tower of combining marks, then all of it becomes one mark', () => {
    expect(visibleText(`a${'\u0301'.repeat(60)}b`)).toBe('a⟨+60 marks⟩b');
  });

  it('given any text, then nothing invisible is left and nothing visible is lost', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const segments = visibleSegments(text);
        for (const segment of segments) {
          if (segment.kind === 'text') {
            expect(segment.text.isWellFormed()).toBe(true);
            expect(segment.text).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B]|\p{Cc}/u);
          }
        }
        const kept = segments
          .filter((segment) => segment.kind === 'text')
          .map((segment) => segment.text);
        for (const letter of text.match(/[a-z0-9]/giu) ?? [])
          expect(kept.join('')).toContain(letter);
      }),
    );
  });
});

describe('splitForEllipsis', () => {
  it('given a path, then the file name is the end that stays', () => {
    expect(splitForEllipsis('C:\\a\\b\\tool.exe', 'path')).toEqual({
      head: 'C:\\a\\b',
      tail: '\\tool.exe',
      cut: false,
    });
    expect(splitForEllipsis('/usr/local/bin/curl', 'path').tail).toBe('/curl');
    expect(splitForEllipsis('/usr/bin/curl', 'path').head).toBe('');
  });

  it.each([
    ['cdn.eu.evil-bank.example.com', 'example.com'],
    ['a.b.example.co.uk', 'example.co.uk'],
    ['2001:db8::1', '2001:db8::1'],
    ['127.0.0.1', '127.0.0.1'],
  ])('given host %s, then %s stays', (host, tail) => {
    expect(splitForEllipsis(host, 'host').tail).toBe(tail);
  });

  it('given 10 000 characters, then both ends stay and the document gets a bounded text', () => {
    const text = `start-${'x'.repeat(10_000)}-end.exe`;
    for (const kind of ['name', 'path', 'host', 'code'] as const) {
      const { head, tail, cut } = splitForEllipsis(text, kind);
      expect(cut).toBe(true);
      expect((head + tail).length).toBeLessThanOrEqual(520);
      expect(head + tail).toMatch(/^start-.*…?.*-end\.exe$/u);
    }
  });

  it('given text of characters outside the basic plane, then none is cut in half', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('😀', 'a', '漢'), maxLength: 900 }), (text) => {
        for (const kind of ['name', 'path', 'host', 'code'] as const) {
          const { head, tail } = splitForEllipsis(text, kind);
          expect((head + tail).isWellFormed()).toBe(true);
          if (text.length <= 48) expect(head + tail).toBe(text);
        }
      }),
    );
  });
});

describe('monogram', () => {
  it.each([
    ['curl', 'C'],
    ['\u202Eexe', 'E'],
    ['  .hidden', 'H'],
    ['👩‍💻 tool', '👩‍💻'],
    ['ñandu', 'Ñ'],
    ['\u200B\u200B', '?'],
    ['', '?'],
  ])('given %j, then %s', (name, letter) => {
    expect(monogram(name)).toBe(letter);
  });
});
