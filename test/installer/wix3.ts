/**
 * electron-builder's project in the dialect of WiX 3, whose compiler and linker run under Mono and say what is wrong with it.
 * What they make is no package but its tables, with the numbers that WiX gives to types and sequences.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { root } from '../../scripts/process.ts';
import { mustRun } from './pack.ts';
import type { Row } from './tables.ts';

const programs = path.join(root, 'node_modules/wixtoolset-compiler/bin');
const v4 = 'http://wixtoolset.org/schemas/v4/wxs';
const v3 = 'http://schemas.microsoft.com/wix/2006/wi';

function idOf(text: string): string {
  return `i${createHash('sha1').update(text).digest('hex').slice(0, 32)}`;
}

/** Folders by path: "APPLICATIONFOLDER:\a\b\" in one element is an element for each of them in WiX 3. */
class Folders {
  readonly #ids = new Map<string, string>();

  /** Remembers it; nothing is left of the element. */
  take(id: string, place: string): string {
    this.#ids.set(place, id);
    return '';
  }

  xml(): string {
    const tops = new Set([...this.#ids.keys()].map((place) => place.split('\\')[0] ?? ''));
    return [...tops]
      .map((top) => `<DirectoryRef Id="${top}">${this.#below(top)}</DirectoryRef>`)
      .join('\n');
  }

  #below(place: string): string {
    const start = `${place}\\`;
    const names = [...this.#ids.keys()]
      .filter((one) => one.startsWith(start))
      .map((one) => one.slice(start.length).split('\\')[0] ?? '');
    return [...new Set(names)]
      .map((name) => {
        const inner = `${start}${name}`;
        const id = this.#ids.get(inner) ?? idOf(inner);
        return `<Directory Id="${id}" Name="${name}">${this.#below(inner)}</Directory>`;
      })
      .join('');
  }
}

/** `project`: as electron-builder writes it. */
export function toWix3(project: string): string {
  const folders = new Folders();
  const text = project
    .replace(v4, v3)
    .replaceAll(
      /<Directory Id="([^"]+)" Name="([A-Za-z]+):\\([^"]*)\\"\/>/g,
      (_, id: string, top: string, place: string) => folders.take(id, `${top}\\${place}`),
    );
  return text
    .replace(
      '<ComponentGroup Id="ProductComponents" Directory="APPLICATIONFOLDER">',
      `${folders.xml()}<ComponentGroup Id="ProductComponents">`,
    )
    .replaceAll(
      /<Component(?![^>]* Directory=)(?=[ >])/g,
      '<Component Directory="APPLICATIONFOLDER"',
    )
    .replaceAll(/<File ([^>]*)>/g, (whole, attributes: string) => {
      if (/\bId="/.test(attributes)) return whole;
      return `<File Id="${idOf(/Source="([^"]*)"/.exec(attributes)?.[1] ?? '')}" ${attributes}>`;
    })
    .replaceAll(
      /SourceFile="Z:([^"]*)"/g,
      (_, place: string) => `SourceFile="${place.replaceAll('\\', '/')}"`,
    );
}

/** Compiles and links with every warning as an error; the tables by name. */
export async function linkWithWix3(
  project: string,
  files: string,
): Promise<ReadonlyMap<string, readonly Row[]>> {
  // What begins with a slash is a switch for WiX.
  const here = path.relative(root, project);
  const at = (ending: string): string => here.replace(/\.wxs$/, ending);
  writeFileSync(path.join(root, at('-3.wxs')), toWix3(readFileSync(project, 'utf8')));
  const strict = ['-nologo', '-pedantic', '-wx'];
  await mustRun('mono', [
    ...[path.join(programs, 'candle.exe'), ...strict, '-arch', 'x64', `-dappDir=${files}`],
    ...['-out', at('-3.wixobj'), at('-3.wxs')],
  ]);
  await mustRun('mono', [
    // 1076 is about files whose version WiX can't read under Mono.
    ...[path.join(programs, 'light.exe'), ...strict, '-sw1076', '-xo'],
    ...['-out', at('-3.wixout'), at('-3.wixobj')],
  ]);
  return readWixOut(readFileSync(path.join(root, at('-3.wixout')), 'utf8'));
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
};

function plain(xml: string): string {
  return xml.replaceAll(/&\w+;/g, (entity) => entities[entity] ?? entity);
}

/** WiX' own form of a database: definitions of tables, then tables with rows of fields. */
function readWixOut(text: string): ReadonlyMap<string, readonly Row[]> {
  const columns = new Map<string, string[]>();
  for (const [, name = '', body = ''] of text.matchAll(
    /<tableDefinition name="([^"]+)"[^>]*>([\s\S]*?)<\/tableDefinition>/g,
  )) {
    const names = [...body.matchAll(/<columnDefinition name="([^"]+)"/g)];
    columns.set(
      name,
      names.map(([, column = '']) => column),
    );
  }
  const tables = new Map<string, Row[]>();
  for (const [, name = '', body = ''] of text.matchAll(
    /<table name="([^"]+)"(?:[^>]*[^>/])?>([\s\S]*?)<\/table>/g,
  )) {
    tables.set(name, rowsOf(body, columns.get(name) ?? []));
  }
  return tables;
}

function rowsOf(body: string, columns: readonly string[]): Row[] {
  return [...body.matchAll(/<row[^>]*>([\s\S]*?)<\/row>/g)].map(([, row = '']) => {
    const fields = [...row.matchAll(/<field[^>]*?(?:\/>|>([\s\S]*?)<\/field>)/g)];
    return Object.fromEntries(
      columns.map((column, index) => [column, plain(fields[index]?.[1] ?? '')]),
    );
  });
}
