/**
 * The package: packed by electron-builder, its project taken by WiX and its tables looked at, the same package by wixl, its
 * parts built twice, and the papers that go with it.
 */
import { mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { NtExecutable, NtExecutableResource, Resource } from 'resedit';
import { beforeAll, describe, expect, test } from 'vitest';

import { readImports } from '../../scripts/driver/imports.ts';
import {
  actionType,
  actions,
  launchConditions,
  properties,
  registry,
  removeExistingSequence,
  upgradeCode,
} from '../../scripts/installer/actions.ts';
import { writeBom } from '../../scripts/installer/bom.ts';
import { treeHashes, writeChecksums } from '../../scripts/installer/checksums.ts';
import { noticeProblems, readNotices } from '../../scripts/installer/notices.ts';
import { askFile, consoleFile, setupFile } from '../../scripts/installer/setup.ts';
import { root } from '../../scripts/process.ts';
import { product } from '../../src-main/product.ts';
import { importsOf, readPe } from '../driver/image/pe.ts';
import { arm64Payload, arm64Project } from './arm64.ts';
import { filesOf, headerHash, textOf, textsIn } from './archive.ts';
import { cycloneDx } from './cyclone-dx.ts';
import { buildParts, folder, mustRun, pack, packFolder, project, unpacked } from './pack.ts';
import { type Row, readTable } from './tables.ts';
import { linkWithWix3 } from './wix3.ts';
import { buildWithWixl, componentBits } from './wixl.ts';

const msi = path.join(folder, 'portreeve.msi');
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  version: string;
};
let wix: ReadonlyMap<string, readonly Row[]>;

beforeAll(async () => {
  await pack();
  wix = await linkWithWix3(project, unpacked);
  await buildWithWixl({ files: unpacked, version, output: msi });
}, 600_000);

function inWix(table: string): readonly Row[] {
  return wix.get(table) ?? [];
}

async function inMsi(table: string): Promise<readonly Row[]> {
  return (await readTable(msi, table)).rows;
}

/** These values of each row, in alphabetical order. */
function sorted(rows: readonly Row[], keys: readonly string[]): string[] {
  return rows.map((row) => keys.map((key) => row[key] ?? '').join(' | ')).toSorted();
}

/** A short name for old systems may stand before it. */
function longName(value = ''): string {
  return value.split('|').at(-1) ?? '';
}

/** Both packages have to pass what is said of a table. */
function inBoth(table: string, name: string, look: (rows: readonly Row[]) => void): void {
  test(`WiX: ${table}: ${name}`, () => look(inWix(table)));
  test(`wixl: ${table}: ${name}`, async () => look(await inMsi(table)));
}

describe('tables', () => {
  inBoth('CustomAction', 'our actions, with their types and commands', (rows) => {
    const expected = actions.map((action) => {
      const [source, target] =
        action.command === null ? ['PrAsk', 'AskAboutRules'] : ['PrSetup', action.command];
      return [action.id, actionType(action), source, target].join(' | ');
    });
    expect(sorted(rows, ['Action', 'Type', 'Source', 'Target'])).toEqual(expected.toSorted());
  });

  inBoth('InstallExecuteSequence', 'our actions where they belong', (rows) => {
    const ours = rows.filter(({ Action }) => actions.some(({ id }) => id === Action));
    const expected = actions.map(({ id, condition, sequence }) =>
      [id, condition, sequence].join(' | '),
    );
    expect(sorted(ours, ['Action', 'Condition', 'Sequence'])).toEqual(expected.toSorted());
  });

  inBoth(
    'InstallExecuteSequence',
    'an upgrade removes the old version first, within the transaction',
    (rows) => {
      const at = (name: string): number =>
        Number(rows.find(({ Action }) => Action === name)?.['Sequence']);
      expect(at('RemoveExistingProducts')).toBe(removeExistingSequence);
      expect([at('InstallInitialize'), at('InstallFiles'), at('InstallFinalize')]).toEqual([
        1500, 4000, 6600,
      ]);
      expect(at('LaunchConditions')).toBeLessThan(at('InstallInitialize'));
      // No two at one place: their order would be Windows Installer's choice.
      const places = rows.map((row) => row['Sequence']);
      expect(new Set(places).size).toBe(places.length);
    },
  );

  inBoth('LaunchCondition', 'what is refused', (rows) => {
    const found = rows.map((row) => [row['Condition'], row['Description']]);
    const ours = launchConditions('AMD64').map(({ condition, message }) => [condition, message]);
    expect(found).toEqual(expect.arrayContaining(ours));
    expect(found.filter(([condition]) => condition === 'NOT WIX_DOWNGRADE_DETECTED')).toHaveLength(
      1,
    );
    expect(found).toHaveLength(ours.length + 1);
  });

  inBoth(
    'Property',
    'those of a silent installation are secure, and have their first values',
    (rows) => {
      const value = (name: string): string | undefined =>
        rows.find((row) => row['Property'] === name)?.['Value'];
      for (const { id, initial } of properties)
        expect([id, value(id)]).toEqual([id, initial ?? undefined]);
      expect(value('ALLUSERS')).toBe('1');
    },
  );

  test('wixl: Property: they are secure', async () => {
    const rows = await inMsi('Property');
    const secure = rows.find((row) => row['Property'] === 'SecureCustomProperties')?.['Value'];
    for (const { id } of properties) expect(secure?.split(';')).toContain(id);
  });

  test('WiX: Property: they are secure', () => {
    const secure = inWix('WixProperty').filter((row) => row['Attributes'] === '4');
    const names = secure.map((row) => row['Property_']);
    for (const { id } of properties) expect(names).toContain(id);
  });

  inBoth('Component', 'in 64 bits, ours with their fixed ids; none stays', (rows) => {
    const bits = componentBits.in64Bits + componentBits.permanent;
    for (const row of rows) {
      expect(Number(row['Attributes']) & bits).toBe(componentBits.in64Bits);
      expect(row['Condition']).toBe('');
    }
    for (const { id, guid } of registry) {
      expect(rows.find(({ Component }) => Component === id)?.['ComponentId']).toBe(`{${guid}}`);
    }
  });

  inBoth('Registry', 'values of the event source', (rows) => {
    const found = rows.map((row) => [row['Key'], row['Name'], row['Value']]);
    const marks = { string: '', expandable: '#%', integer: '#' };
    const ours = registry.flatMap(({ key, values }) =>
      values.map(({ name, type, value }) => [key, name, `${marks[type]}${value}`]),
    );
    expect(found).toEqual(expect.arrayContaining(ours));
  });

  inBoth('Environment', 'the command line is found, and its folder goes with it', (rows) => {
    // "=" sets it, "-" takes it back at the removal, "*" is the whole computer; "[~]" is what was there.
    expect(sorted(rows, ['Name', 'Value'])).toEqual(['=-*PATH | [~];[APPLICATIONFOLDER]']);
  });

  inBoth('Feature', 'there is one, with every component', (rows) => {
    expect(rows.map((row) => [row['Feature'], row['Level']])).toEqual([['ProductFeature', '1']]);
  });

  inBoth('Binary', 'the setup program and the question', (rows) => {
    expect(sorted(rows, ['Name'])).toEqual(['PrAsk', 'PrSetup']);
  });

  inBoth('Shortcut', 'the app, and the way back when it does not start', (rows) => {
    const named = rows.map((row) => ({ ...row, Name: longName(row['Name']) }));
    expect(sorted(named, ['Shortcut', 'Name', 'Arguments'])).toEqual([
      'resetShortcut | Portreeve - emergency off | reset',
      'startMenuShortcut | Portreeve | ',
    ]);
  });

  inBoth('File', 'every file of the packed app', (rows) => {
    const found = rows.map((row) => longName(row['FileName']));
    expect(found.toSorted()).toEqual(
      packedFiles()
        .map((file) => path.basename(file))
        .toSorted(),
    );
  });

  test('wixl: Upgrade: the code that never changes, and downgrades are found', async () => {
    const rows = await inMsi('Upgrade');
    expect(rows.map((row) => row['UpgradeCode'])).toEqual([`{${upgradeCode}}`, `{${upgradeCode}}`]);
    expect(rows.map((row) => [row['ActionProperty'], row['Attributes']])).toEqual([
      ['WIX_UPGRADE_DETECTED', '513'],
      ['WIX_DOWNGRADE_DETECTED', '2'],
    ]);
  });
});

function packedFiles(): string[] {
  return readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(unpacked, path.join(entry.parentPath, entry.name)));
}

describe('the packed app', () => {
  const archive = path.join(unpacked, 'resources/app.asar');
  const program = path.join(unpacked, 'Portreeve.exe');

  test('its files', () => {
    const expected = [
      'LICENSE.electron.txt',
      'Portreeve.exe',
      'portreeve.com',
      'resources/app.asar',
      'resources/driver/portreeve.inf',
      'resources/driver/portreeve.sys',
      'resources/licences/Portreeve.txt',
      'resources/licences/third-party.txt',
      'resources/policy/en-US/portreeve.adml',
      'resources/policy/portreeve.admx',
      'resources/policy/zh-CN/portreeve.adml',
      'resources/setup/portreeve-setup.exe',
    ];
    const others = packedFiles().filter((file) => !expected.includes(file));
    expect(packedFiles()).toEqual(expect.arrayContaining(expected));
    // Native code can't be loaded from an archive.
    expect(others.filter((file) => !file.endsWith('koffi.node'))).toEqual([]);
    expect(others).toHaveLength(1);
  });

  test('has the fuses of electron-builder.yml in its program', async () => {
    const wire = await getCurrentFuseWire(program);
    // The wire is text.
    const [off, on] = ['0', '1'].map((state) => state.charCodeAt(0));
    const states = {
      [FuseV1Options.RunAsNode]: off,
      [FuseV1Options.EnableCookieEncryption]: on,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: off,
      [FuseV1Options.EnableNodeCliInspectArguments]: off,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: on,
      [FuseV1Options.OnlyLoadAppFromAsar]: on,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: off,
    };
    expect(wire).toMatchObject(states);
  });

  test('has the hash of its archive in its program, and of each file in its archive', () => {
    const { integrity, manifest } = textsIn(program);
    expect(integrity).toEqual([
      { file: String.raw`resources\app.asar`, alg: 'SHA256', value: headerHash(archive) },
    ]);
    expect(manifest).toContain('level="asInvoker"');
    expect(filesOf(archive).filter(({ hash, found }) => hash !== found)).toEqual([]);
  });

  test('has what it needs and nothing else', () => {
    const names = filesOf(archive).map(({ name }) => name);
    const expected = [
      /^package\.json$/u,
      /^build\/main\/[\w-]+\.js$/u,
      /^build\/main\/(icon|tray\/[\w+-]+)\.ico$/u,
      /^build\/preload\/(prompt|manager)\.cjs$/u,
      /^build\/renderer\/windows\/(prompt|manager)\/index\.html$/u,
      /^build\/renderer\/assets\/[\w-]+\.(js|css|woff2|svg)$/u,
      /^node_modules\/koffi\/(LICENSE\.txt|package\.json|(src\/koffi\/(src\/)?)?[a-z]+\.c?js)$/u,
      /^node_modules\/@koromix\/koffi-win32-x64\/(package\.json|win32_x64\/koffi\.node)$/u,
    ];
    expect(names.filter((name) => !expected.some((one) => one.test(name)))).toEqual([]);
    expect(expected.filter((one) => !names.some((name) => one.test(name)))).toEqual([]);
  });

  test('loads no library from a folder that others than administrators can write', () => {
    const libraries = filesOf(archive).filter(({ name }) => name.endsWith('.node'));
    expect(libraries.map(({ unpacked }) => unpacked)).toEqual([true]);
  });

  test('says nothing of the computer that built it, nor what only developers need', () => {
    const described = JSON.parse(textOf(archive, 'package.json')) as Record<string, unknown>;
    for (const key of ['scripts', 'devDependencies']) {
      expect(described[key]).toBeUndefined();
    }
    expect(readFileSync(archive).includes(root)).toBe(false);
  });

  test('is small beside Electron', () => {
    const size = statSync(archive).size;
    expect(size).toBeGreaterThan(500_000);
    expect(size).toBeLessThan(6_000_000);
  });

  test('the program says whose it is', () => {
    const file = NtExecutable.from(readFileSync(program));
    const resources = NtExecutableResource.from(file);
    const [info] = Resource.VersionInfo.fromEntries(resources.entries);
    const strings = info?.getStringValues({ lang: 0x409, codepage: 1200 });
    expect(strings?.['ProductName']).toBe(product.name);
    expect(strings?.['ProductVersion']).toMatch(new RegExp(`^${version}`));
    expect(resources.entries.map(({ type }) => type)).toContain(14);
  });
});

/** What every computer has among its known DLLs, which Windows takes from System32 alone. */
const knownDlls = new Set([
  'kernel32.dll',
  'advapi32.dll',
  'ole32.dll',
  'oleaut32.dll',
  'shell32.dll',
]);

const programs = [
  ['the setup program for x64', setupFile('x64'), 'imports.txt'],
  ['the setup program for ARM64', setupFile('arm64'), 'imports.txt'],
  ['the command line for x64', consoleFile('x64'), 'console-imports.txt'],
  ['the command line for ARM64', consoleFile('arm64'), 'console-imports.txt'],
  ['the question', askFile, 'ask-imports.txt'],
] as const;

test.each(programs)('%s imports what was reviewed, from known DLLs alone', (_, file, list) => {
  const pe = readPe(readFileSync(file));
  const reviewed = [...readImports([`scripts/installer/setup/${list}`])].flatMap(
    ([library, names]) => names.map((name) => `${library} ${name}`),
  );
  expect(importsOf(pe).toSorted()).toEqual(reviewed.toSorted());
  const libraries = importsOf(pe).map((one) => one.split(' ')[0] ?? '');
  // The question is a DLL that Windows Installer has loaded: its own library is there.
  const allowed = file === askFile ? [...knownDlls, 'msi.dll'] : [...knownDlls];
  expect(libraries.filter((library) => !allowed.includes(library))).toEqual([]);
  expect(pe.sections.filter((one) => one.writable && one.executable)).toEqual([]);
});

describe('the package for ARM64', () => {
  test('refuses other processors, and runs its own setup program', arm64Project, 300_000);
  test('has nothing for another processor', arm64Payload, 300_000);
});

describe('supply chain', () => {
  test('built again, every byte of the package is the same', async () => {
    const first = treeHashes(unpacked);
    const binaries = programs.map(([, file]) => readFileSync(file));
    await buildParts();
    await packFolder();
    expect(treeHashes(unpacked)).toEqual(first);
    for (const [index, [, file]] of programs.entries()) {
      expect(readFileSync(file).equals(binaries[index] ?? Buffer.alloc(0))).toBe(true);
    }
  }, 600_000);

  test('the bill of materials is valid CycloneDX 1.5, names what is shipped, and is the same again', async () => {
    const files = ['first', 'again'].map((name) => path.join(folder, `${name}.cdx.json`));
    for (const file of files) await writeBom(file);
    const [first = '', again] = files.map((file) => readFileSync(file, 'utf8'));
    expect(again).toBe(first);
    const bom = JSON.parse(first) as { components: { name: string }[] };
    const validate = await cycloneDx();
    expect(validate(bom), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...bom, specVersion: 5 })).toBe(false);
    expect(validate({ ...bom, components: [{ name: 'without a type' }] })).toBe(false);
    const names = bom.components.map(({ name }) => name);
    for (const { name } of readNotices())
      expect(names.some((one) => name.endsWith(one))).toBe(true);
    expect(names).toContain('electron');
  }, 300_000);

  test('every shipped package has an accepted licence and its text is in the page', () => {
    const notices = readNotices();
    expect(noticeProblems(notices)).toEqual([]);
    const page = readFileSync(path.join(unpacked, 'resources/licences/third-party.txt'), 'utf8');
    for (const { name, version: one, identifier } of notices) {
      expect(page).toContain(`${name} ${one} (${identifier})`);
    }
    expect(
      noticeProblems([{ name: 'x', version: '1', identifier: 'GPL-3.0', text: 'x' }]),
    ).toHaveLength(1);
    expect(noticeProblems([{ name: 'x', version: '1', identifier: 'MIT', text: '' }])).toHaveLength(
      1,
    );
  });

  test('the checksums are those that sha256sum finds', async () => {
    const release = path.join(folder, 'checksums');
    mkdirSync(release, { recursive: true });
    await mustRun('cp', [msi, path.join(folder, 'first.cdx.json'), release]);
    writeChecksums(release);
    const sums = readFileSync(path.join(release, 'SHA256SUMS'), 'utf8');
    expect(sums.trim().split('\n')).toHaveLength(2);
    const said = await mustRun('sh', ['-c', `cd "${release}" && sha256sum -c SHA256SUMS`]);
    expect(said).toContain('portreeve.msi: OK');
    expect(statSync(path.join(release, 'SHA256SUMS')).size).toBeGreaterThan(0);
  });
});
