/**
 * The licences of everything in the package that others have written: what the bundler found in the bundles, and what is not
 * seen by it. A licence that is not on the list, or one without its text, stops the build.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { bundledPackages } from '../build-electron.ts';
import { root } from '../process.ts';

export interface Notice {
  readonly name: string;
  readonly version: string;
  /** SPDX identifier. */
  readonly identifier: string;
  readonly text: string;
}

/** In a text of assets/installer/licences, as in the list of SPDX. */
const holderPlace = '<copyright holders>';

/** Licences that allow what this package does: shipping a copy with their text. */
const accepted = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'OFL-1.1',
]);

/** In the package, but not as JavaScript of a bundle: native code, fonts, the style sheet's base. */
const unseen = [
  'koffi',
  '@fontsource-variable/inter',
  '@fontsource-variable/jetbrains-mono',
  'tailwindcss',
];

/** From the last builds of pages and main. Throws with what is wrong. */
export function readNotices(): Notice[] {
  const bundles = ['build/main', 'build/renderer'].map((folder) =>
    path.join(root, folder, bundledPackages),
  );
  const seen = bundles.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')) as Notice[]);
  const found = [...seen.map(({ name }) => name), ...unseen].map(noticeOf);
  const unique = new Map(found.map((notice) => [`${notice.name}@${notice.version}`, notice]));
  return [...unique.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of an installed package. */
function noticeOf(name: string): Notice {
  const folder = path.join(root, 'node_modules', name);
  const about = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as About;
  const { version, license } = about;
  return { name, version, identifier: license, text: licenceText(folder, about) };
}

/** Of a package.json. */
interface About {
  readonly version: string;
  readonly license: string;
  readonly author?: string | { readonly name: string };
}

/**
 * Some packages only name their licence. The texts of Apache's are all the same; MIT's names its holder, for whom the author
 * is taken, and without one there is no text.
 */
function licenceText(folder: string, { license, author }: About): string {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry));
  if (file !== undefined) return readFileSync(path.join(folder, file), 'utf8').trim();
  const common = path.join(root, 'assets/installer/licences', `${license}.txt`);
  if (!existsSync(common)) return '';
  const text = readFileSync(common, 'utf8').trim();
  if (!text.includes(holderPlace)) return text;
  const holder = typeof author === 'string' ? author : author?.name;
  return holder === undefined ? '' : text.replace(holderPlace, holder);
}

/** One sentence for each notice that must not ship. */
export function noticeProblems(notices: readonly Notice[]): string[] {
  return notices.flatMap(({ name, version, identifier, text }) => {
    if (!accepted.has(identifier)) return [`${name} ${version}: nobody has accepted ${identifier}`];
    return text === '' ? [`${name} ${version}: the text of ${identifier} is missing`] : [];
  });
}

const rule = '-'.repeat(78);

/** Writes the page; throws when something in it must not ship. */
export function writeNotices(file: string): void {
  const notices = readNotices();
  const problems = noticeProblems(notices);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const head = [
    'Portreeve contains work of others, under the licences below. Those of Electron and Chromium are',
    'in LICENSE.electron.txt and LICENSES.chromium.html, beside the program.',
    'The list of public suffixes in tldts is that of publicsuffix.org (MPL-2.0).',
  ];
  const parts = notices.map(({ name, version, identifier, text }) =>
    [rule, `${name} ${version} (${identifier})`, rule, '', text.replaceAll('\r\n', '\n'), ''].join(
      '\n',
    ),
  );
  writeFileSync(file, `${head.join('\n')}\n\n${parts.join('\n')}`);
}
