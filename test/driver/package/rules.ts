/**
 * What a driver package of a primitive driver has to be. Numbers are InfVerif's codes ("INF Validation Errors and Warnings");
 * the rest is from "Creating a Primitive Driver", "Run From Driver Store" and the pages of the sections.
 */
import assert from 'node:assert/strict';

import { type Entry, type Inf, section, value, values } from './inf.ts';

export interface Expected {
  /** As decorations name it: amd64 or arm64. */
  readonly decoration: string;
  readonly version: string;
  /** Files of the package besides INF and catalog. */
  readonly files: readonly string[];
  readonly today: Date;
}

export interface Rule {
  readonly name: string;
  readonly check: (inf: Inf, expected: Expected, text: string) => void;
}

const DRIVER_STORE = '13';
const ASSOCIATED = 0x2;
const wfpCallouts = '{57465043-616C-6C6F-7574-5F636C617373}';

export const rules: readonly Rule[] = [
  { name: 'is ASCII with Windows line ends (1003)', check: encoding },
  { name: 'has a signature and begins with Version (1001)', check: signature },
  { name: 'is of the class of callout drivers', check: driverClass },
  { name: 'has a provider that is not Microsoft (1204)', check: provider },
  { name: 'names its catalog and locks its files', check: locked },
  { name: 'has the version of the product and a date that has come', check: driverVer },
  { name: 'installs for one processor, and only by decorated sections', check: decorated },
  { name: 'has no section that nothing refers to (1203, 2083)', check: noStray },
  { name: 'uses only directives of an isolated driver', check: directives },
  { name: 'copies each file of the package, to the driver store (1100)', check: copies },
  { name: 'installs one service, of a file that it copies (2084, 2085)', check: service },
  { name: 'defines every string, and uses each', check: strings },
];

function encoding(_: Inf, __: Expected, text: string): void {
  assert.match(text, /^[\r\n -~]*$/, 'not ASCII');
  assert.equal(text.replaceAll('\r\n', '').match(/[\r\n]/), null, 'a line end of its own');
}

function signature(inf: Inf): void {
  assert.equal([...inf.keys()][0], 'version');
  assert.equal(value(section(inf, 'Version'), 'Signature').toUpperCase(), '$WINDOWS NT$');
}

function driverClass(inf: Inf): void {
  const version = section(inf, 'Version');
  assert.equal(value(version, 'Class'), 'WFPCALLOUTS');
  assert.equal(value(version, 'ClassGuid').toUpperCase(), wfpCallouts.toUpperCase());
}

function provider(inf: Inf): void {
  const token = value(section(inf, 'Version'), 'Provider');
  assert.match(token, /^%\w+%$/);
  assert.doesNotMatch(value(section(inf, 'Strings'), token.replaceAll('%', '')), /^microsoft|^$/i);
}

function locked(inf: Inf): void {
  const version = section(inf, 'Version');
  assert.equal(value(version, 'CatalogFile'), 'portreeve.cat');
  assert.equal(value(version, 'PnpLockdown'), '1');
}

function driverVer(inf: Inf, { version, today }: Expected): void {
  const [date = '', found] = values(section(inf, 'Version'), 'DriverVer');
  assert.equal(found, version);
  const [, month, day, year] = /^(\d\d)\/(\d\d)\/(\d{4})$/.exec(date) ?? [];
  const parsed = new Date(`${year}-${month}-${day}T00:00:00Z`);
  assert.equal(parsed.getUTCDate(), Number(day), `${date} is no date`);
  assert.ok(parsed <= today, `${date} has not come yet`);
}

function decorated(inf: Inf, { decoration }: Expected): void {
  const name = `defaultinstall.nt${decoration}`;
  const found = [...inf.keys()].filter((one) => /^(default|manufacturer)/.test(one));
  assert.deepEqual(found.toSorted(), [name, `${name}.services`]);
}

/** Sections that another names, and those that Windows itself looks for. */
function noStray(inf: Inf): void {
  const fixed = ['version', 'sourcedisksnames', 'sourcedisksfiles', 'destinationdirs', 'strings'];
  const installs = [...inf.keys()].filter((name) => name.startsWith('defaultinstall.'));
  const named = [...referred(inf)].map((name) => name.toLowerCase());
  assert.deepEqual(
    [...inf.keys()].toSorted(),
    [...new Set([...fixed, ...installs, ...named])].toSorted(),
  );
}

function referred(inf: Inf): string[] {
  const install = installOf(inf);
  return [...values(install.files, 'CopyFiles'), values(install.services, 'AddService')[2] ?? ''];
}

function installOf(inf: Inf): { files: readonly Entry[]; services: readonly Entry[] } {
  const name = [...inf.keys()].find((one) => /^defaultinstall\.nt\w+$/.test(one)) ?? '';
  return { files: section(inf, name), services: section(inf, `${name}.services`) };
}

const allowed: readonly (readonly [section: RegExp, directives: readonly string[]])[] = [
  [
    /^version$/,
    ['signature', 'class', 'classguid', 'provider', 'catalogfile', 'driverver', 'pnplockdown'],
  ],
  [/^defaultinstall\.nt\w+$/, ['copyfiles']],
  [/^defaultinstall\.nt\w+\.services$/, ['addservice']],
  [
    /\.service$/,
    [
      ...['displayname', 'description', 'servicetype', 'starttype', 'errorcontrol'],
      ...['servicebinary', 'dependencies'],
    ],
  ],
];

function directives(inf: Inf): void {
  for (const [name, entries] of inf) {
    const known = allowed.find(([pattern]) => pattern.test(name))?.[1];
    const used = entries.map(({ key }) => key.toLowerCase());
    if (known !== undefined) {
      assert.deepEqual(
        used.filter((key) => !known.includes(key)),
        [],
        `in [${name}]`,
      );
    }
  }
}

function copies(inf: Inf, { files }: Expected): void {
  const lists = values(installOf(inf).files, 'CopyFiles');
  const copied = lists.flatMap((list) => section(inf, list).map(onlyName));
  assert.deepEqual(copied, files, 'files of the package');
  assert.deepEqual(
    section(inf, 'SourceDisksFiles').map(({ key }) => key),
    files,
    'source files',
  );
  for (const { values: fields } of section(inf, 'SourceDisksFiles')) checkSource(inf, fields);
  for (const list of lists) {
    assert.equal(value(section(inf, 'DestinationDirs'), list), DRIVER_STORE);
  }
}

/** A file that runs from the driver store can't be renamed, so the line is its name alone. */
function onlyName({ key, values: fields }: Entry): string {
  assert.deepEqual([key, fields.length], ['', 1], 'a file is copied under another name');
  return fields[0] ?? '';
}

function checkSource(inf: Inf, [disk = '', subfolder = '']: readonly string[]): void {
  assert.equal(subfolder, '', 'a folder that the destination does not have');
  values(section(inf, 'SourceDisksNames'), disk);
}

function service(inf: Inf, { files }: Expected): void {
  const [name, flags = '', target = ''] = values(installOf(inf).services, 'AddService');
  assert.equal(name, 'portreeve', 'the name that the product starts it by');
  assert.equal(Number(flags) & ASSOCIATED, 0, 'a primitive driver has no device');
  const entries = section(inf, target);
  assert.equal(value(entries, 'ServiceType').trim(), '1');
  assert.match(value(entries, 'StartType'), /^[123]$/, 'neither at boot nor never');
  assert.equal(value(entries, 'ErrorControl'), '1');
  const binary = /^%13%\\([\w.]+)$/.exec(value(entries, 'ServiceBinary'))?.[1] ?? '';
  assert.ok(files.includes(binary), 'the binary is not copied');
  assert.deepEqual(values(entries, 'Dependencies'), ['BFE'], 'the filter engine');
}

function strings(inf: Inf, _: Expected, text: string): void {
  const used = [...text.replaceAll(/;.*/g, '').matchAll(/%([A-Za-z]\w*)%/g)].map(
    ([, one = '']) => one,
  );
  const defined = section(inf, 'Strings').map(({ key }) => key);
  assert.deepEqual([...new Set(used)].toSorted(), defined.toSorted());
}
