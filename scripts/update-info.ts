/** latest.yml: what an installed Portreeve reads to find a newer one (electron-updater's format; ADR 0077). */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface UpdateInfo {
  readonly version: string;
  /** What is new, as plain text. */
  readonly notes: string;
  /** Percent of the computers that are told of it; null for all. */
  readonly stage: number | null;
}

/** Writes it beside the packages of this version in `folder`; throws where there is none. */
export function writeUpdateInfo(folder: string, { version, notes, stage }: UpdateInfo): void {
  const isOurs = (name: string): boolean =>
    name.startsWith(`Portreeve-${version}-`) && name.endsWith('.msi');
  const names = readdirSync(folder).filter(isOurs);
  if (names.length === 0) throw new Error(`no package of ${version} in ${folder}`);
  const text = [
    `version: ${JSON.stringify(version)}`,
    'files:',
    ...names.flatMap((name) => linesOf(name, readFileSync(path.join(folder, name)))),
    ...(stage === null ? [] : [`stagingPercentage: ${stage}`]),
    // A string of JSON is one of YAML.
    `releaseNotes: ${JSON.stringify(notes)}`,
  ];
  writeFileSync(path.join(folder, 'latest.yml'), `${text.join('\n')}\n`);
}

function linesOf(name: string, bytes: Uint8Array): string[] {
  const sha512 = createHash('sha512').update(bytes).digest('base64');
  return [`  - url: ${name}`, `    sha512: ${sha512}`, `    size: ${bytes.length}`];
}
