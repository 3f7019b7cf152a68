/** Budgets and banned words of the C sources: what a compiler does not say. */
import { type Finding, type Source, lineAt, withoutComments } from './sources.ts';

const maxFunctionLines = 100;
const maxFileLines = 900;
const maxNesting = 4;

const banned =
  /\b(strcpy|strcat|sprintf|vsprintf|gets|strncpy|strncat|strtok|atoi|atol|scanf|sscanf|alloca|system|tmpnam|mktemp|ExAllocatePool|RtlCopyMemoryNonTemporal)\s*\(/g;

export interface CFunction {
  /** 1-based line of its opening brace. */
  readonly line: number;
  readonly lines: number;
  /** Deepest block inside the body; the body itself is 0. */
  readonly nesting: number;
}

/** All findings in the C files among these sources. */
export function checkC(sources: readonly Source[]): Finding[] {
  return sources
    .filter((source) => /\.[ch]$/.test(source.file))
    .flatMap((source) => [
      ...checkFileSize(source),
      ...checkFunctions(source),
      ...checkBanned(source),
    ]);
}

function checkFileSize(source: Source): Finding[] {
  const lines = source.text.split('\n').length;
  if (lines <= maxFileLines) return [];
  const message = `the file has ${lines} lines; at most ${maxFileLines}`;
  return [{ rule: 'c-file-size', file: source.file, line: 1, message }];
}

function checkFunctions(source: Source): Finding[] {
  return functionsOf(source.text).flatMap((entry) => {
    const at = { file: source.file, line: entry.line };
    const long = `the function has ${entry.lines} lines; at most ${maxFunctionLines}`;
    const deep = `the function nests ${entry.nesting} deep; at most ${maxNesting}`;
    return [
      ...(entry.lines > maxFunctionLines
        ? [{ rule: 'c-function-size', ...at, message: long }]
        : []),
      ...(entry.nesting > maxNesting ? [{ rule: 'c-nesting', ...at, message: deep }] : []),
    ];
  });
}

function checkBanned(source: Source): Finding[] {
  const text = withoutStrings(withoutComments(source.text));
  return [...text.matchAll(banned)].map((match) => ({
    rule: 'c-banned-function',
    file: source.file,
    line: lineAt(text, match.index),
    message: `${match[1] ?? ''} is banned: use a bounded function`,
  }));
}

/** The function bodies of a C file, found by braces: a body opens at depth 0 after a closing parenthesis. */
export function functionsOf(source: string): CFunction[] {
  const text = withoutDirectives(withoutStrings(withoutComments(source)));
  const found: CFunction[] = [];
  let depth = 0;
  let deepest = 0;
  let start = -1;
  for (let offset = 0; offset < text.length; offset++) {
    if (text[offset] === '{') {
      if (depth === 0 && /\)\s*$/.test(text.slice(Math.max(0, offset - 40), offset))) {
        start = offset;
        deepest = 0;
      }
      depth++;
      deepest = Math.max(deepest, depth);
    } else if (text[offset] === '}') {
      depth--;
      if (depth === 0 && start >= 0) {
        const line = lineAt(text, start);
        found.push({ line, lines: lineAt(text, offset) - line + 1, nesting: deepest - 1 });
        start = -1;
      }
    }
  }
  return found;
}

function withoutStrings(text: string): string {
  return text.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, (match) =>
    match.replace(/[^\n]/g, ' '),
  );
}

function withoutDirectives(text: string): string {
  return text.replace(/^[ \t]*#(?:[^\n\\]|\\[\s\S])*/gm, (match) => match.replace(/[^\n]/g, ' '));
}
