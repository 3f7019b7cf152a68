/**
 * Who may import whom, and which words belong to one file or to none (docs/adr/0012). Each rule is a row of a table;
 * test/check proves with a fixture that each row fires.
 */
import path from 'node:path';
import { type Finding, type Source, lineAt, withoutComments } from './sources.ts';

interface Import {
  /** The specifier; a relative one is resolved to a path from the root. */
  readonly target: string;
  readonly offset: number;
  readonly typeOnly: boolean;
}

interface ImportRule {
  readonly rule: string;
  /** Files that the rule is for. */
  readonly from: RegExp;
  /** Imports that these files may have; everything else is a finding. */
  readonly may: RegExp;
  /** Imports that are fine when only types are taken. */
  readonly mayTypes?: RegExp;
  readonly because: string;
}

interface WordRule {
  readonly rule: string;
  readonly word: RegExp;
  /** Files that are looked at. */
  readonly within: RegExp;
  /** The one place where the word is allowed. */
  readonly except?: RegExp;
  readonly because: string;
}

const importRules: readonly ImportRule[] = [
  {
    rule: 'contract-imports-contract',
    from: /^src-preload\/contract\//,
    may: /^src-preload\/contract\//,
    because: 'every process imports the contract, so it may import nothing else',
  },
  {
    rule: 'preload-imports-contract',
    from: /^src-preload\/(?!contract\/)/,
    may: /^(src-preload\/|electron$)/,
    because: 'a sandboxed preload is one small file; only the contract may come in',
  },
  {
    rule: 'renderer-imports-contract',
    from: /^src-renderer\//,
    may: /^(src-renderer\/|src-preload\/contract\/|assets\/|(?!electron$|zod$|koffi$|ws$|node:|src-|driver\/|scripts\/|test\/)[@a-z])/,
    because: 'a page knows the contract and nothing of the processes behind it',
  },
  {
    rule: 'engine-is-free',
    from: /^src-main\/engine\//,
    may: /^(src-main\/engine\/|src-preload\/contract\/|node:(sqlite|crypto|path|fs|fs\/promises|events|timers|os|url)$|(ipaddr\.js|tldts|zod|@humanwhocodes\/momoa)$)/,
    mayTypes: /^src-main\/(driver|ipc)\//,
    because:
      'the engine could be a service tomorrow: no Electron, no Windows, no network but its ports',
  },
  {
    rule: 'main-stays-in-main',
    from: /^src-main\//,
    may: /^(src-main\/|src-preload\/contract\/|(electron|koffi|ws|zod|ipaddr\.js|tldts|@humanwhocodes\/momoa|commander|@bomb\.sh\/tab\/commander|builder-util-runtime|electron-updater\/out\/AppUpdater\.js)$|node:)/,
    because: 'main takes nothing from the pages, the scripts or the tests',
  },
  {
    rule: 'shells-are-thin',
    from: /^src-main\/(driver|ipc|platform)\//,
    may: /^(src-main\/(driver|ipc|platform|engine)\/|src-preload\/contract\/|(koffi|zod)$|node:)/,
    // What the service wants of a platform, as the engine's ports are.
    mayTypes: /^src-main\/service\/agents-port\.ts$/,
    because: 'only the composition root and the shells know a shell',
  },
];

const code = /\.(ts|tsx|mjs)$/;
const product = /^(src-main|src-preload|src-renderer)\/.*\.(ts|tsx|html)$/;

const wordRules: readonly WordRule[] = [
  {
    rule: 'electron-in-its-shell',
    word: /from 'electron'|require\('electron'\)/,
    within: product,
    except: /^(src-main\/shell\/electron\/|src-main\/main-electron\.ts|src-preload\/)/,
    because: 'only the Electron shell and its preloads import Electron',
  },
  {
    rule: 'one-ipc-main',
    word: /\bipcMain\b/,
    within: product,
    except: /^src-main\/shell\/electron\/ipc\.ts/,
    because: 'every call goes through the router, which checks sender, role and schema',
  },
  {
    rule: 'one-device-io-control',
    word: /\bDeviceIoControl\b/,
    within: product,
    except: /^src-main\/driver\/win32\.ts/,
    because: 'one file knows Win32',
  },
  {
    rule: 'buffered-io-only',
    word: /\b(METHOD_NEITHER|METHOD_(IN|OUT)_DIRECT|FILE_ANY_ACCESS)\b/,
    within: /^(driver|src-main)\//,
    // Headers that stand in for the system's own define what the system defines.
    except: /^driver\/(lab\/emulator\/include|windows\/ddk)\//,
    because: 'every control code is METHOD_BUFFERED with read and write access',
  },
  {
    rule: 'no-raw-markup',
    word: /\b(dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc)\b/,
    within: /^(src-renderer|src-preload)\//,
    because: 'text from programs is attacker-controlled; untrusted-text.tsx shows it',
  },
  {
    rule: 'electron-defaults-stay',
    word: /\b(nodeIntegration|contextIsolation|webSecurity|allowRunningInsecureContent|experimentalFeatures|enableBlinkFeatures|webviewTag|openExternal)\b/,
    within: product,
    because: "Electron's safe defaults are kept, never set",
  },
  {
    rule: 'ffi-in-the-device',
    word: /from 'koffi'|require\('koffi'\)|import\('koffi'\)/,
    within: product,
    except: /^src-main\/(driver|platform)\//,
    because: 'FFI is behind ports',
  },
  {
    rule: 'loopback-only',
    word: /'(0\.0\.0\.0|::)'/,
    within: /^src-main\/shell\//,
    because: 'the browser shell listens on 127.0.0.1 only',
  },
];

const ownHeader = /^"[a-z_/.]+"$/;
/** The compiler's own headers; intrin.h is that of MSVC. */
const freestanding = /^<(stdint|stddef|stdbool|string|stdatomic|limits|intrin)\.h>$/;

/** All findings of the layer rules in these sources. */
export function checkLayers(sources: readonly Source[]): Finding[] {
  return sources.flatMap((source) => [
    ...checkImports(source),
    ...checkWords(source),
    ...checkCoreIncludes(source),
    ...checkImportOrder(source),
  ]);
}

/** The names of all rules, for the test that wants a fixture for each. */
export const layerRules: readonly string[] = [
  ...importRules.map((rule) => rule.rule),
  ...wordRules.map((rule) => rule.rule),
  'core-is-freestanding',
  'import-order',
];

function checkImports(source: Source): Finding[] {
  if (!code.test(source.file)) return [];
  const rules = importRules.filter((rule) => rule.from.test(source.file));
  return importsOf(source).flatMap((entry) =>
    rules
      .filter((rule) => !rule.may.test(entry.target))
      .filter((rule) => !(entry.typeOnly && rule.mayTypes?.test(entry.target)))
      .map((rule) => finding(source, entry.offset, rule, `imports ${entry.target}`)),
  );
}

function checkWords(source: Source): Finding[] {
  const rules = wordRules.filter(
    (rule) => rule.within.test(source.file) && !rule.except?.test(source.file),
  );
  const text = withoutComments(source.text);
  return rules.flatMap((rule) => {
    const match = rule.word.exec(text);
    return match ? [finding(source, match.index, rule, `uses ${match[0]}`)] : [];
  });
}

function checkCoreIncludes(source: Source): Finding[] {
  if (!/^driver\/core\/.*\.[ch]$/.test(source.file)) return [];
  const includes = [...withoutComments(source.text).matchAll(/^\s*#\s*include\s+(\S+)/gm)];
  const rule = {
    rule: 'core-is-freestanding',
    because: 'the core knows no operating system',
  };
  return includes
    .filter((match) => !ownHeader.test(match[1] ?? '') && !freestanding.test(match[1] ?? ''))
    .map((match) => finding(source, match.index, rule, `includes ${match[1] ?? ''}`));
}

/** Node's own modules first, then packages, then our files; so that a reader sees at once what a file depends on. */
function checkImportOrder(source: Source): Finding[] {
  if (!code.test(source.file)) return [];
  const rule = { rule: 'import-order', because: 'node: first, then packages, then our own files' };
  let highest = 0;
  for (const match of staticImports(withoutComments(source.text))) {
    const specifier = match[2] ?? '';
    const rank = specifier.startsWith('node:') ? 0 : specifier.startsWith('.') ? 2 : 1;
    if (rank < highest)
      return [finding(source, match.index, rule, `imports ${specifier} too late`)];
    highest = rank;
  }
  return [];
}

function staticImports(text: string): RegExpExecArray[] {
  return [...text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)];
}

function importsOf(source: Source): Import[] {
  const text = withoutComments(source.text);
  const dynamic = [...text.matchAll(/\bimport\(()\s*'([^']+)'/g)];
  return [...staticImports(text), ...dynamic].map((match) => ({
    target: resolveTarget(source.file, match[2] ?? ''),
    offset: match.index,
    typeOnly: match[1] === 'type ',
  }));
}

function resolveTarget(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
}

function finding(
  source: Source,
  offset: number,
  rule: { readonly rule: string; readonly because: string },
  what: string,
): Finding {
  return {
    rule: rule.rule,
    file: source.file,
    line: lineAt(source.text, offset),
    message: `${what}: ${rule.because}`,
  };
}
