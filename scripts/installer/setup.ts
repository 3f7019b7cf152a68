/**
 * Builds our programs in C that the package has: portreeve-setup.exe, which the installer's actions run, portreeve.com, which is
 * the command line, each for each processor, and the DLL with the one question.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { agentsFolder } from '../../src-main/platform/agent-folder.ts';
import { logonTaskXml, serviceTaskXml } from '../../src-main/platform/logon-task.ts';
import { product } from '../../src-main/product.ts';
import { type Architecture, systemHeaders } from '../driver/compilers.ts';
import { definition, readImports } from '../driver/imports.ts';
import { driverImage } from '../driver/image.ts';
import { driverVersion } from '../driver/package.ts';
import { type Failure, inOrder, step, together } from '../driver/step.ts';
import { findProgram, root } from '../process.ts';
import { remotePorts } from './actions.ts';

const source = 'scripts/installer/setup';
export const setupFolder = path.join(root, 'build/setup');
export const setupProgram = 'portreeve-setup.exe';
export const askLibrary = 'portreeve-ask.dll';
/** Beside Portreeve.exe; a shell that is told `portreeve` takes .com before .exe. */
export const consoleProgram = 'portreeve.com';

/** Where the setup program for a processor is. */
export function setupFile(architecture: Architecture): string {
  return path.join(setupFolder, architecture, setupProgram);
}

/** Where the command line's program for a processor is. */
export function consoleFile(architecture: Architecture): string {
  return path.join(setupFolder, architecture, consoleProgram);
}

/** The question is asked in Windows Installer's process, which is of x64 on ARM64 too, as the package is. */
export const askFile = path.join(setupFolder, 'x64', askLibrary);

/** Full access for SYSTEM and administrators, for nobody else, nothing inherited. */
const privateFolder = 'O:BAG:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)';
/** The same for a task, which has no children. */
const privateTask = 'O:BAG:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)';

interface Program {
  readonly name: string;
  /** Of the source's folder, or with a folder of their own, which begins at the repository. */
  readonly files: readonly string[];
  readonly imports: string;
  readonly description: string;
  /** What the manifest asks of Windows; without one there is none. */
  readonly rights?: 'requireAdministrator' | 'asInvoker';
  readonly linkerFlags: readonly string[];
}

const program: Program = {
  name: setupProgram,
  files: [
    ...readdirSync(path.join(root, source)).filter(
      (name) => name.endsWith('.c') && name !== 'ask.c' && name !== 'console.c',
    ),
    'driver/lockdown/lockdown_objects.c',
  ],
  imports: 'imports.txt',
  description: 'Portreeve setup and emergency reset',
  rights: 'requireAdministrator',
  linkerFlags: ['/subsystem:console,10.00', '/entry:start'],
};

const commandLine: Program = {
  name: consoleProgram,
  files: ['console.c'],
  imports: 'console-imports.txt',
  description: 'Portreeve command line',
  rights: 'asInvoker',
  linkerFlags: ['/subsystem:console,10.00', '/entry:start'],
};

const library: Program = {
  name: askLibrary,
  files: ['ask.c'],
  imports: 'ask-imports.txt',
  description: 'Portreeve installer question',
  linkerFlags: ['/dll', '/entry:DllMain', '/export:AskAboutRules', '/noimplib'],
};

/** Null when all of them are built; a second build makes the same bytes. */
export async function buildSetup(): Promise<Failure | null> {
  const missing = ['clang-19', 'lld-link-19', 'x86_64-w64-mingw32-windres'].find(
    (name) => findProgram(name) === null,
  );
  if (missing !== undefined || systemHeaders().length === 0) {
    return {
      line: `${missing ?? 'mingw-w64'} was not found (Debian: apt-get install clang-19 lld-19 mingw-w64).`,
    };
  }
  return inOrder([
    () => build(program, 'x64'),
    () => build(program, 'arm64'),
    () => build(commandLine, 'x64'),
    () => build(commandLine, 'arm64'),
    () => build(library, 'x64'),
  ]);
}

const targets: Readonly<Record<Architecture, readonly string[]>> = {
  x64: ['--target=x86_64-w64-windows-gnu', '-mno-stack-arg-probe'],
  arm64: ['--target=aarch64-w64-windows-gnu', '-mno-stack-arg-probe'],
};

const flags = [
  ...['-std=gnu17', '-D_WIN32_WINNT=0x0A00', '-DNTDDI_VERSION=0x0A000006', '-DUNICODE'],
  // A third of the time goes into headers that are not used.
  '-DWIN32_LEAN_AND_MEAN',
  ...['-Wall', '-Wextra', '-Werror', '-Wconversion', '-Os', '-ffreestanding', '-fno-builtin'],
  ...['-fno-stack-protector', '-Wno-pragma-pack', '-Wno-ignored-attributes', '-Wno-#warnings'],
];

function build(what: Program, architecture: Architecture): Promise<Failure | null> {
  const folder = path.join(setupFolder, architecture);
  const objects = path.join(folder, `${what.name}-objects`);
  rmSync(objects, { recursive: true, force: true });
  mkdirSync(objects, { recursive: true });
  writeFileSync(path.join(objects, 'names.gen.h'), namesHeader());
  const object = (name: string): string => path.join(objects, `${path.basename(name)}.o`);
  const libraries = [...readImports([`${source}/${what.imports}`])];
  const parts = [
    ...what.files.map((name) => () => compile(name, architecture, objects)),
    ...libraries.map(
      ([dll, names]) =>
        () =>
          importLibrary(dll, names, { architecture, objects }),
    ),
    () => resource(what, objects),
  ];
  return inOrder([
    () => together(parts),
    () =>
      step(`${what.name} does not link.`, 'lld-link-19', [
        ...[`/machine:${architecture}`, '/nodefaultlib', '/dynamicbase', '/nxcompat'],
        ...['/highentropyva', '/Brepro', '/release', '/opt:ref', ...what.linkerFlags],
        `/out:${path.join(folder, what.name)}`,
        ...what.files.map(object),
        ...libraries.map(([dll]) => path.join(objects, `${dll}.lib`)),
        path.join(objects, 'resource.res'),
      ]),
  ]);
}

function compile(
  name: string,
  architecture: Architecture,
  objects: string,
): Promise<Failure | null> {
  const headers = systemHeaders().filter((_, index) => index > 1);
  return step(`${name} does not compile for Windows.`, 'clang-19', [
    ...targets[architecture],
    ...flags,
    ...[
      '-I',
      objects,
      '-I',
      'driver',
      '-I',
      'driver/windows/ddk',
      '-DPR_LOCKDOWN_USER',
      ...headers,
    ],
    ...['-c', name.includes('/') ? name : `${source}/${name}`],
    ...['-o', path.join(objects, `${path.basename(name)}.o`)],
  ]);
}

function importLibrary(
  dll: string,
  names: readonly string[],
  { architecture, objects }: { readonly architecture: Architecture; readonly objects: string },
): Promise<Failure | null> {
  const file = path.join(objects, `${dll}.def`);
  writeFileSync(file, definition(dll, names));
  const output = path.join(objects, `${dll}.lib`);
  return step(`No import library of ${dll} could be made.`, 'lld-link-19', [
    ...['/lib', `/machine:${architecture}`, `/def:${file}`, `/out:${output}`],
  ]);
}

const manifest = (
  rights: string,
): string => `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3"><security><requestedPrivileges>
    <requestedExecutionLevel level="${rights}" uiAccess="false"/>
  </requestedPrivileges></security></trustInfo>
</assembly>
`;

function resource(what: Program, objects: string): Promise<Failure | null> {
  const file = path.join(objects, 'resource.rc');
  if (what.rights !== undefined) {
    writeFileSync(path.join(objects, 'program.manifest'), manifest(what.rights));
  }
  const version = driverVersion();
  const numbers = version.replaceAll('.', ',');
  const values = [
    ['CompanyName', product.name],
    ['FileDescription', what.description],
    ['FileVersion', version],
    ['OriginalFilename', what.name],
    ['ProductName', product.name],
    ['ProductVersion', version],
  ].map(([name, value]) => `VALUE "${name}", "${value}"`);
  writeFileSync(
    file,
    [
      `1 VERSIONINFO FILEVERSION ${numbers} PRODUCTVERSION ${numbers} FILEOS 0x40004 FILETYPE 1`,
      'BEGIN BLOCK "StringFileInfo" BEGIN BLOCK "040904b0" BEGIN',
      ...values,
      'END END BLOCK "VarFileInfo" BEGIN VALUE "Translation", 0x0409, 1200 END END',
      ...(what.rights === undefined ? [] : [`1 24 "${path.join(objects, 'program.manifest')}"`]),
      '',
    ].join('\n'),
  );
  const output = path.join(objects, 'resource.res');
  return step('The resource could not be made.', 'x86_64-w64-mingw32-windres', [
    ...['-O', 'res', file, output],
  ]);
}

/** The names of product.ts for C. */
function namesHeader(): string {
  const [, taskFolder = '', taskName = ''] = product.logonTask.split('\\');
  const serviceName = product.serviceTask.replace(`\\${taskFolder}\\`, '');
  const [before = '', after = ''] = logonTaskXml('\u0000').split('\u0000');
  const [serviceBefore = '', serviceAfter = ''] = serviceTaskXml('\u0000').split('\u0000');
  const texts: Readonly<Record<string, string>> = {
    APP_PROGRAM: product.program,
    DATA_FOLDER: product.dataFolder,
    AGENTS_FOLDER: agentsFolder,
    DATA_FOLDER_SECURITY: privateFolder,
    DRIVER_SERVICE: product.driverService,
    DRIVER_IMAGE: driverImage.name,
    DRIVER_INF: 'portreeve.inf',
    DRIVER_CATALOG: 'portreeve.cat',
    DRIVER_DISPLAY_NAME: 'Portreeve connection filter',
    DRIVER_DESCRIPTION: 'Holds new connections until they are allowed or blocked',
    DRIVER_DEPENDENCIES: 'BFE\u0000',
    SERVICE_IMAGE: `\\SystemRoot\\System32\\drivers\\${driverImage.name}`,
    PREVIOUS_ENDING: '.previous',
    LOADED_ENDING: '.loaded',
    STORE_FOLDER: '\\DriverStore\\',
    EVENT_SOURCE: product.eventSource,
    SETTINGS_KEY: product.settingsKey,
    // Beside the settings, not below them: a volatile key makes those volatile that are made on the way to it.
    UNDO_KEY: `${product.settingsKey}.Undo`,
    MODE_VALUE: product.settings.mode,
    NO_CLIENT_VALUE: product.settings.noClientPolicy,
    REMOTE_VALUE: product.settings.remotePeers,
    TASK_FOLDER: taskFolder,
    TASK_NAME: taskName,
    TASK_SECURITY: privateTask,
    TASK_XML_BEFORE: before,
    TASK_XML_AFTER: after,
    SERVICE_TASK_NAME: serviceName,
    SERVICE_TASK_XML_BEFORE: serviceBefore,
    SERVICE_TASK_XML_AFTER: serviceAfter,
  };
  const lines = Object.entries(texts).map(([name, text]) => `#define ${name} L${quoted(text)}`);
  return [...lines, `#define REMOTE_PORTS ${remotePorts.join(', ')}`, ''].join('\n');
}

/** A C string: JSON's quoting is C's, for what is in these texts. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\\u0000', '\\0');
}

if (import.meta.main) {
  const failure = await buildSetup();
  if (failure === null) console.log(`built ${path.relative(root, setupFolder)}`);
  else {
    console.error(failure.line);
    if (failure.output !== undefined) console.error(failure.output.trimEnd());
    process.exitCode = 1;
  }
}
