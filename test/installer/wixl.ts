/**
 * The package as Linux can build it: the same files, properties, actions and values, by wixl. Only Windows makes the package
 * that is published; this one is for Windows Installer's tables, and for Wine.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import {
  type Action,
  actionType,
  actions,
  properties,
  registry,
  removeExistingSequence,
  resetShortcut,
  searchPath,
  upgradeCode,
} from '../../scripts/installer/actions.ts';
import { productElements, registryComponents } from '../../scripts/installer/wix.ts';
import { consoleProgram, setupProgram } from '../../scripts/installer/setup.ts';
import { product } from '../../src-main/product.ts';
import { escapeXml } from '../../src-main/platform/logon-task.ts';
import { root } from '../../scripts/process.ts';
import { mustRun } from './pack.ts';
import { type Row, changeTable, readTable, writeTables } from './tables.ts';

export interface LinuxPackage {
  /** Folder of the files, as electron-builder unpacks them. */
  readonly files: string;
  readonly version: string;
  readonly output: string;
  /** More files of the Binary table, by id. */
  readonly binaries?: Readonly<Record<string, string>>;
}

const win64 = ' Win64="yes"';
const menuGuid = '2A9B1B0E-54C9-4E0B-9D5E-6E3B1D5B7F10';
const icon = path.join(root, 'assets/icon.ico');

interface Tree {
  readonly xml: string;
  readonly components: readonly string[];
  /** File ids by path below the folder, with slashes. */
  readonly files: ReadonlyMap<string, string>;
}

class Generator {
  readonly #files = new Map<string, string>();
  readonly #components: string[] = [];
  #lastId = 0;

  tree(folder: string): Tree {
    const xml = this.#folder(folder, '');
    return { xml, components: this.#components, files: this.#files };
  }

  #folder(folder: string, below: string): string {
    const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    );
    return entries
      .map((entry) => {
        const inner = path.join(folder, entry.name);
        const place = `${below}${entry.name}`;
        if (!entry.isDirectory()) return this.#file(inner, entry.name, place);
        const content = this.#folder(inner, `${place}/`);
        return `<Directory Id="${this.#id('d')}" Name="${escapeXml(entry.name)}">${content}</Directory>`;
      })
      .join('\n');
  }

  #file(source: string, name: string, place: string): string {
    const id = this.#id('f');
    this.#files.set(place, id);
    this.#components.push(`c${id}`);
    const file = `<File Id="${id}" Name="${escapeXml(name)}" Source="${escapeXml(source)}" KeyPath="yes"/>`;
    return `<Component Id="c${id}" Guid="*"${win64}>${file}</Component>`;
  }

  #id(kind: string): string {
    this.#lastId += 1;
    return `${kind}${this.#lastId}`;
  }
}

/** Without advertised shortcuts, which wixl doesn't have, they are in a component of their own. */
function menu(files: ReadonlyMap<string, string>): string {
  const shortcut = (id: string, name: string, file: string, rest: string): string =>
    `<Shortcut Id="${id}" Name="${name}" Target="[#${files.get(file) ?? ''}]" ${rest} WorkingDirectory="APPLICATIONFOLDER"/>`;
  const reset = `Arguments="${resetShortcut.arguments}" Description="${resetShortcut.description}"`;
  return [
    `<Component Id="cMenu" Guid="${menuGuid}"${win64}>`,
    shortcut('startMenuShortcut', product.name, product.program, ''),
    shortcut(resetShortcut.id, resetShortcut.name, `resources/setup/${setupProgram}`, reset),
    `<RegistryValue Root="HKLM" Key="Software\\org.portreeve.app" Name="menu" Type="integer" Value="1" KeyPath="yes"/>`,
    '</Component>',
  ].join('\n');
}

function wxs({ files, version, binaries = {} }: LinuxPackage): string {
  const tree = new Generator().tree(files);
  const values = registryComponents(win64);
  const valueIds = [...values.matchAll(/<Component Id="([^"]+)"/g)].map(([, id]) => id ?? '');
  const refs = [...tree.components, ...valueIds, 'cMenu'];
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">',
    `<Product Id="*" Name="${product.name}" Version="${version}" Language="1033" Codepage="65001" Manufacturer="${product.name}" UpgradeCode="${upgradeCode}">`,
    '<Package Compressed="yes" InstallerVersion="500" InstallScope="perMachine"/>',
    '<MajorUpgrade DowngradeErrorMessage="A newer version of [ProductName] is already installed."/>',
    '<Media Id="1" Cabinet="app.cab" EmbedCab="yes"/>',
    `<Icon Id="PortreeveIcon.exe" SourceFile="${icon}"/>`,
    '<Property Id="ARPPRODUCTICON" Value="PortreeveIcon.exe"/>',
    '<Directory Id="TARGETDIR" Name="SourceDir">',
    '<Directory Id="ProgramFiles64Folder"><Directory Id="APPLICATIONFOLDER" Name="Portreeve">',
    tree.xml,
    values,
    '</Directory></Directory>',
    `<Directory Id="ProgramMenuFolder">${menu(tree.files)}</Directory>`,
    '</Directory>',
    '<Feature Id="ProductFeature" Level="1">',
    ...refs.map((id) => `<ComponentRef Id="${id}"/>`),
    '</Feature>',
    ...Object.entries(binaries).map(([id, file]) => `<Binary Id="${id}" SourceFile="${file}"/>`),
    productElements('x64').replaceAll(' Secure="yes"', ''),
    '</Product></Wix>',
    '',
  ]
    .join('\n')
    .replaceAll(`"${root}${path.sep}`, '"');
}

/**
 * Builds it, with paths below the repository, since wixl takes no absolute ones, and mends in the tables what wixl 0.101
 * leaves out.
 */
export async function buildWithWixl(what: LinuxPackage): Promise<void> {
  const source = `${what.output}.wxs`;
  writeFileSync(source, wxs(what));
  await mustRun('wixl', ['-a', 'x64', '-o', what.output, source]);
  for (const [table, mend] of Object.entries(mends)) {
    // oxlint-disable-next-line no-await-in-loop -- one writer at a time
    await changeTable(what.output, table, mend);
  }
  await addSearchPath(what.output);
}

/** As WiX writes it: set it, take it back at the removal, of the whole computer; behind what is there. */
async function addSearchPath(file: string): Promise<void> {
  const { rows } = await readTable(file, 'File');
  const program = rows.find((row) => row['FileName']?.split('|').at(-1) === consoleProgram);
  const row = {
    Environment: searchPath.id,
    Name: `=-*${searchPath.name}`,
    Value: `[~];${searchPath.value}`,
    Component_: program?.['Component_'] ?? '',
  };
  const head = ['s72\tl255\tL255\ts72', 'Environment\tEnvironment'];
  await writeTables(file, [{ name: 'Environment', columns: Object.keys(row), head, rows: [row] }]);
  await changeTable(file, 'InstallExecuteSequence', (all) => [
    ...all,
    { Action: 'RemoveEnvironmentStrings', Condition: '', Sequence: '3300' },
    { Action: 'WriteEnvironmentStrings', Condition: '', Sequence: '5200' },
  ]);
}

/** Of the Upgrade table: features migrate, the highest version counts too. */
const migrateAndInclusive = '513';
/** Of the Component table ("Component Table", Microsoft Learn). */
export const componentBits = { permanent: 16, in64Bits: 256 } as const;

/** What becomes of the rows of a table. */
const mends: Readonly<Record<string, (rows: readonly Row[]) => readonly Row[]>> = {
  // Programs of the Binary table, rollback and commit.
  CustomAction: () => actions.map(customAction),
  InstallExecuteSequence: replaced('Action', 'RemoveExistingProducts', {
    Sequence: String(removeExistingSequence),
  }),
  Property: replaced('Property', 'SecureCustomProperties', { Value: secureProperties() }),
  Upgrade: replaced('ActionProperty', 'WIX_UPGRADE_DETECTED', { Attributes: migrateAndInclusive }),
  Registry: (rows) => rows.map(expandable),
};

function replaced(column: string, wanted: string, values: Row) {
  return (rows: readonly Row[]): Row[] =>
    rows.map((row) => (row[column] === wanted ? { ...row, ...values } : row));
}

function secureProperties(): string {
  const names = ['WIX_DOWNGRADE_DETECTED', 'WIX_UPGRADE_DETECTED'];
  return [...names, ...properties.map(({ id }) => id)].join(';');
}

export function customAction(action: Action): Row {
  const { id, command } = action;
  const [source, target] = command === null ? ['PrAsk', 'AskAboutRules'] : ['PrSetup', command];
  return { Action: id, Type: String(actionType(action)), Source: source, Target: target };
}

function expandable(row: Row): Row {
  const value = registry
    .flatMap(({ values }) => values)
    .find(({ name, type }) => type === 'expandable' && name === row['Name']);
  return value === undefined ? row : { ...row, Value: `#%${value.value}` };
}
