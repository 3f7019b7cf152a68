/**
 * What the installer does besides files: its properties, actions with order and condition, and registry values. The hook that
 * completes electron-builder's project and the generator for Linux both read this module and nothing else.
 *
 * Every action is a verb of portreeve-setup.exe (scripts/installer/setup), from the package's Binary table: Windows Installer
 * puts it where only administrators may write, and it is the version of the package whose action runs, in a rollback too.
 */
import { product } from '../../src-main/product.ts';

/** Where remote sessions come in: SSH, Remote Desktop, WinRM. */
export const remotePorts = [22, 3389, 5985, 5986] as const;

/** Fixed for ever: by it Windows knows that one package is an upgrade of another. */
export const upgradeCode = '5B0C3E0B-7F5A-4C0E-9E0B-2B6B7C1A9D42';
/** Windows 10 1809 (docs/adr/0027 for what is different before 1903). */
export const oldestBuild = 17763;

export interface InstallerProperty {
  readonly id: string;
  readonly values: readonly string[];
  /** Null: the property may be absent. */
  readonly initial: string | null;
  /** For people. */
  readonly meaning: string;
}

export const properties: readonly InstallerProperty[] = [
  {
    id: 'MODE',
    values: ['ask', 'learn', 'block', 'lockdown'],
    initial: null,
    meaning: 'the mode of the first start; "ask" when it is not given',
  },
  {
    id: 'NOCLIENTPOLICY',
    values: ['block', 'allow'],
    initial: null,
    meaning:
      'what unknown connections get while Portreeve does not run; "block" when it is not given',
  },
  {
    id: 'START',
    values: ['now', 'restart'],
    initial: 'now',
    meaning: 'whether driver and app are started at once or with the next start of Windows',
  },
  {
    id: 'KEEPREMOTE',
    values: ['1', '0'],
    initial: '1',
    meaning:
      'whether addresses with a remote session (SSH, Remote Desktop, WinRM) to this computer may come in again: as rules, to be reviewed',
  },
  {
    id: 'REMOVERULES',
    values: ['0', '1'],
    initial: null,
    meaning: 'whether an uninstallation deletes rules and journal too; "0" when it is not given',
  },
  {
    id: 'DRIVERROUTE',
    values: ['auto', 'store', 'service'],
    initial: 'auto',
    meaning: "how the driver is installed: in Windows' driver store, or as a service of a file",
  },
];

/** "Installed OR NOT MODE OR MODE="ask" OR ...": true when the value is one of those. */
export function propertyCondition({ id, values }: InstallerProperty): string {
  return ['Installed', `NOT ${id}`, ...values.map((value) => `${id}="${value}"`)].join(' OR ');
}

/** In the order in which a newer Windows Installer would check them. */
export function launchConditions(
  machine: string,
): readonly { readonly condition: string; readonly message: string }[] {
  return [
    { condition: 'Installed OR VersionNT64', message: 'Portreeve needs a 64-bit Windows.' },
    {
      condition: `Installed OR WINBUILD >= ${oldestBuild}`,
      message: 'Portreeve needs Windows 10 version 1809 or later.',
    },
    {
      condition: `Installed OR MACHINE="${machine}"`,
      message: `This package is for computers with a processor of type ${machine}; Portreeve has another one for this computer.`,
    },
    ...properties.map((property) => ({
      condition: propertyCondition(property),
      message: `The value of ${property.id} must be one of: ${property.values.join(', ')}.`,
    })),
  ];
}

/** When an action runs: at once, or as SYSTEM while the installer's script runs, is undone, or is done. */
export type When = 'immediate' | 'deferred' | 'rollback' | 'commit';

export interface Action {
  readonly id: string;
  readonly when: When;
  /** Position in InstallExecuteSequence: InstallInitialize is 1500, InstallFiles 4000, InstallFinalize 6600. */
  readonly sequence: number;
  readonly condition: string;
  /** Verb and arguments of the program; null for the question, which is a DLL's. */
  readonly command: string | null;
  /** Whether the installation fails with it. */
  readonly mustWork: boolean;
}

/** An installation, a repair or an upgrade, seen from the product that comes. */
const comes = 'NOT REMOVE';
const isNew = 'NOT Installed AND NOT WIX_UPGRADE_DETECTED';
/** A removal that is not the first half of an upgrade. */
const goes = 'REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE';

const app = `"[APPLICATIONFOLDER]${product.program}"`;
/** Without a backslash at its end, which would escape the quote. */
const driverFolder = '"[APPLICATIONFOLDER]resources\\driver"';

type Short = readonly [
  id: string,
  when: When,
  sequence: number,
  condition: string,
  command: string | null,
];

/**
 * An undo stands right before what it undoes: Windows Installer runs those that it has passed, last first; so the first one
 * is what forgets, and no other may delete the notes. Nothing that is
 * deleted for good is deleted before the commit. The driver is last, so that what fails before leaves it alone. An upgrade
 * leaves a running driver running, with the policy it has, until the next start of Windows (docs/adr/0052).
 */
const list: readonly Short[] = [
  ['PrAskAboutRules', 'immediate', 1450, `${goes} AND UILevel > 2 AND NOT REMOVERULES`, null],
  ['PrForgetBack', 'rollback', 1503, `${comes} OR (${goes})`, 'forget'],
  ['PrAppRunBack', 'rollback', 1504, 'Installed', 'app-run'],
  ['PrForget', 'deferred', 1505, `${comes} OR (${goes})`, 'forget'],
  ['PrAppStop', 'deferred', 1506, `${comes} OR REMOVE="ALL"`, `app-stop ${app}`],
  ['PrTaskRemoveBack', 'rollback', 1520, goes, 'task-undo'],
  ['PrTaskRemove', 'deferred', 1521, goes, 'task-remove'],
  ['PrDriverRemoveBack', 'rollback', 1530, goes, `driver-undo ${driverFolder}`],
  ['PrDriverRemove', 'deferred', 1531, goes, 'driver-remove'],
  ['PrFolderBack', 'rollback', 4010, comes, 'folder-undo'],
  ['PrFolder', 'deferred', 4011, comes, 'folder'],
  ['PrTaskBack', 'rollback', 5920, comes, 'task-undo'],
  ['PrTask', 'deferred', 5921, comes, `task ${app}`],
  ['PrRemoteBack', 'rollback', 5930, isNew, 'remote-undo'],
  ['PrRemote', 'deferred', 5931, `${isNew} AND KEEPREMOTE="1"`, 'remote'],
  ['PrSettingsBack', 'rollback', 5934, comes, 'settings-undo'],
  ['PrSettings', 'deferred', 5935, comes, 'settings "[MODE]" "[NOCLIENTPOLICY]"'],
  ['PrDriverBack', 'rollback', 5940, comes, `driver-undo ${driverFolder}`],
  ['PrDriver', 'deferred', 5941, comes, `driver ${driverFolder} [DRIVERROUTE]`],
  ['PrStart', 'deferred', 5951, `${comes} AND START="now" AND NOT WIX_UPGRADE_DETECTED`, 'start'],
  ['PrCommit', 'commit', 6510, `${comes} OR (${goes})`, 'commit'],
  ['PrDataRemove', 'commit', 6520, goes, 'data-remove "[REMOVERULES]"'],
  ['PrAppRun', 'commit', 6530, `${comes} AND START="now"`, 'app-run'],
];

/** A failure of these is no reason to undo an installation, and nothing could undo the undoing. */
const mayFail = new Set(['PrAppStop', 'PrForget', 'PrRemote', 'PrAskAboutRules']);

export const actions: readonly Action[] = list.map(([id, when, sequence, condition, command]) => ({
  id,
  when,
  sequence,
  condition,
  command,
  mustWork: when === 'deferred' && !mayFail.has(id),
}));

/** Of the CustomAction table ("Custom Action In-Script Execution Options", "... Return Processing Options", Microsoft Learn). */
const typeBits = {
  dllFromBinary: 1,
  exeFromBinary: 2,
  ignoreResult: 64,
  rollback: 256,
  commit: 512,
  inScript: 1024,
  asSystem: 2048,
} as const;

/** The number in CustomAction.Type. */
export function actionType({ when, command, mustWork }: Action): number {
  const source = command === null ? typeBits.dllFromBinary : typeBits.exeFromBinary;
  const result = mustWork ? 0 : typeBits.ignoreResult;
  const deferred = when === 'immediate' ? 0 : typeBits.inScript + typeBits.asSystem;
  const moment = when === 'rollback' ? typeBits.rollback : when === 'commit' ? typeBits.commit : 0;
  return source + result + deferred + moment;
}

/** RemoveExistingProducts: after InstallInitialize, so that a failed upgrade brings the old version back. */
export const removeExistingSequence = 1501;

export interface InstallerRegistryValue {
  readonly name: string;
  readonly type: 'string' | 'expandable' | 'integer';
  readonly value: string;
}

export interface RegistryComponent {
  readonly id: string;
  /** Fixed for ever. */
  readonly guid: string;
  readonly key: string;
  readonly values: readonly InstallerRegistryValue[];
}

/**
 * The event source's messages are those of EventCreate.exe, which show the text as it is: a message file of our own would be
 * held open by the event viewer.
 */
export const registry: readonly RegistryComponent[] = [
  {
    id: 'PrEventSource',
    guid: '8E2E6B2C-4B5D-4C8B-9C51-0F7B6B2C7A11',
    key: `SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\${product.eventSource}`,
    values: [
      {
        name: 'EventMessageFile',
        type: 'expandable',
        value: '%SystemRoot%\\System32\\EventCreate.exe',
      },
      { name: 'TypesSupported', type: 'integer', value: '7' },
    ],
  },
];

/** The start menu's way to the emergency reset. */
export const resetShortcut = {
  id: 'resetShortcut',
  name: 'Portreeve - emergency off',
  description: 'Switches Portreeve off when it does not start and the network is blocked',
  arguments: 'reset',
} as const;

/**
 * The folder of portreeve.com among those in which every shell looks for programs: the last, of the whole computer, until the
 * removal. Only administrators can write there. In the component of that program.
 */
export const searchPath = {
  id: 'PrSearchPath',
  name: 'PATH',
  value: '[APPLICATIONFOLDER]',
} as const;
