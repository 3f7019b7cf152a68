/**
 * The build with Microsoft's compiler and the real WDK headers, for whoever has them: the same sources, resource and name as
 * the other builds. Options are those that the WDK's own MSBuild targets give a WDM driver of a release; /analyze comes on top.
 * Run in a developer prompt of the processor that is built for (EWDK: LaunchBuildEnv.cmd, then SetupVSEnv.cmd).
 */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';

import { root } from '../process.ts';
import type { Architecture } from './compilers.ts';
import { driverImage, sourcesOf } from './image.ts';
import { type Failure, inOrder, step } from './step.ts';

export interface WdkEnvironment {
  /** Of the Windows Kits, such as C:\Program Files (x86)\Windows Kits\10\. */
  readonly kits: string;
  /** Of the WDK, such as 10.0.26100.0. */
  readonly version: string;
}

interface Step {
  readonly line: string;
  readonly program: string;
  readonly args: readonly string[];
}

const machine: Readonly<Record<Architecture, readonly string[]>> = {
  x64: ['/D_WIN64', '/D_AMD64_', '/DAMD64'],
  arm64: ['/D_WIN64', '/D_ARM64_', '/DARM64'],
};

const libraries = ['ntoskrnl.lib', 'fwpkclnt.lib', 'ndis.lib', 'BufferOverflowFastFailK.lib'];

/** What a developer prompt sets; null where it isn't one. */
export function wdkEnvironment(env: NodeJS.ProcessEnv): WdkEnvironment | null {
  const [kits, version] = [env['WindowsSdkDir'], env['WindowsSDKVersion']];
  if (kits === undefined || version === undefined) return null;
  return { kits, version: version.replace(/\\$/, '') };
}

/** Every step of the build, in order: one compilation a source, the resource, the link. */
export function wdkSteps(
  architecture: Architecture,
  { kits, version }: WdkEnvironment,
  folder: string,
): readonly Step[] {
  const include = (name: string): string => path.win32.join(kits, 'Include', version, name);
  const own = driverImage.includes.filter((name) => name !== 'driver/windows/ddk');
  const includes = [...own, include('km'), include('km\\crt'), include('shared')];
  const objectOf = (file: string): string => path.join(folder, `${file.replaceAll('/', '-')}.obj`);
  const sources = sourcesOf(driverImage);
  const resource = path.join(folder, 'portreeve.res');
  return [
    ...sources.map((file) => ({
      line: `${file} does not compile with the WDK.`,
      program: 'cl.exe',
      args: [
        ...['/nologo', '/c', '/std:c17', '/kernel', '/W4', '/WX', '/analyze', '/O2', '/Oi', '/GF'],
        ...['/Gy', '/GS', '/guard:cf', '/Zp8', '/Zi', '/FS', '/fp:precise', '/Qspectre', '/Brepro'],
        ...['/DWINNT=1', '/D_WIN32_WINNT=0x0A00', '/DNTDDI_VERSION=0x0A000006', '/DNDEBUG'],
        ...['/DNDIS_WDM=1', '/DNDIS_SUPPORT_NDIS6=1', '/DNDIS630=1'],
        ...machine[architecture],
        ...includes.map((name) => `/I${name}`),
        ...[`/Fd${path.join(folder, 'objects.pdb')}`, `/Fo${objectOf(file)}`, file],
      ],
    })),
    {
      line: `${driverImage.resource ?? ''} is not a resource.`,
      program: 'rc.exe',
      args: ['/nologo', `/fo${resource}`, driverImage.resource ?? ''],
    },
    {
      line: `${driverImage.name} does not link with the WDK.`,
      program: 'link.exe',
      args: [
        ...['/nologo', '/driver', '/kernel', '/WX', '/nodefaultlib', '/incremental:no'],
        ...['/subsystem:native,10.00', '/osversion:10.0', '/version:10.0', '/entry:GsDriverEntry'],
        ...[`/machine:${architecture}`, '/integritycheck', '/guard:cf', '/opt:ref', '/opt:icf'],
        ...['/release', '/Brepro', '/debug', `/pdb:${path.join(folder, 'portreeve.pdb')}`],
        `/libpath:${path.win32.join(kits, 'Lib', version, 'km', architecture)}`,
        `/out:${path.join(folder, driverImage.name)}`,
        ...[...sources.map(objectOf), resource, ...libraries],
      ],
    },
  ];
}

/** Builds build/driver/wdk/`architecture`/portreeve.sys. */
export function buildWithWdk(architecture: Architecture): Promise<Failure | null> {
  const environment = wdkEnvironment(process.env);
  if (environment === null) {
    const line =
      'The WDK was not found: install it (or mount the EWDK), and run this in its developer prompt.';
    return Promise.resolve({ line });
  }
  const folder = path.join(root, 'build/driver/wdk', architecture);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const steps = wdkSteps(architecture, environment, folder);
  return inOrder(
    steps.map(
      ({ line, program, args }) =>
        () =>
          step(line, program, args),
    ),
  );
}
