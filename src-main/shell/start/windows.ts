/** What a start on Windows needs of Windows. Elsewhere there is none of it. */
import path from 'node:path';
import type { AppSettings } from '../../app.ts';
import { installedStateFolder, stateFolder } from '../../folders.ts';
import type { DesktopCalls } from '../../platform/desktop-windows.ts';
import {
  type AccessCalls,
  programWeakness,
  stateWeakness,
} from '../../platform/install-windows.ts';
import { createAutostart, runProgram } from '../../platform/autostart.ts';
import { curlProbe, probeOfText } from '../../platform/probe.ts';
import type { OwnRights } from '../../platform/windows/tokens.ts';
import { product } from '../../product.ts';
import { screenUse } from '../desktop/presence.ts';
import type { Sensors } from '../desktop/watch.ts';
import type { StartFacts } from './admission.ts';
import { type Launch, ownSwitches } from './launch.ts';

export interface WindowsCalls {
  readonly desktop: DesktopCalls;
  readonly access: AccessCalls;
  ownRights(): OwnRights;
  startElevated(program: string, argument: string): boolean;
}

/** Null elsewhere. The calls bring FFI with them, so they are loaded only where they are used. */
export async function loadWindows(): Promise<WindowsCalls | null> {
  if (process.platform !== 'win32') return null;
  const { loadDesktopCalls } = await import('../../platform/desktop-windows.ts');
  const { ownRights } = await import('../../platform/windows/tokens.ts');
  const { startElevated } = await import('../../platform/windows/elevate.ts');
  const access = await import('../../platform/windows/access.ts');
  return { desktop: loadDesktopCalls(), access, ownRights, startElevated };
}

/** Where there is no Windows, nothing ever keeps a question back. */
export function sensorsOf(windows: WindowsCalls | null): Sensors {
  return {
    screen: () => screenUse(windows?.desktop.notificationState() ?? null),
    sessionActive: () => windows?.desktop.isSessionActive() ?? true,
  };
}

export interface Start {
  readonly launch: Launch;
  /** The program's file. */
  readonly program: string;
  /** False in development. */
  readonly packaged: boolean;
  readonly windows: WindowsCalls | null;
  /** Folder of package.json: where it is packed, the archive. */
  readonly archive: string;
}

/** The folder of the rules. */
export function folderOf({ launch, packaged, windows }: Start): string {
  if (!packaged || windows === null) return stateFolder(launch.state);
  return installedStateFolder(windows.desktop.programData() ?? 'C:\\ProgramData');
}

export function factsOf(start: Start): StartFacts {
  const { launch, program, packaged, windows } = start;
  if (windows === null || !packaged) {
    const none = { rights: () => ({ elevated: true, administrator: true }) };
    return { installed: false, atLogon: false, ...none, program: () => null, state: () => null };
  }
  return {
    installed: true,
    atLogon: launch.atLogon,
    rights: windows.ownRights,
    program: () => programWeakness(path.dirname(program), windows.access),
    state: () => stateWeakness(folderOf(start), windows.access),
  };
}

type Upkeep = Pick<AppSettings, 'upkeep' | 'probe'>;

/** What Portreeve can do about itself here. */
export async function upkeepOf(start: Start, quit: () => void): Promise<Upkeep> {
  const { launch, program, packaged, windows, archive } = start;
  const none = { upkeep: { autostart: null, updates: null }, probe: probeOfText(launch.probe) };
  if (windows === null) return none;
  const { systemFolder } = await import('../../platform/windows/system-folder.ts');
  const system = systemFolder();
  const probe = curlProbe(system);
  if (!packaged) return { ...none, probe };
  const setup = path.win32.join(path.win32.dirname(program), 'resources', product.setup);
  const autostart = createAutostart({
    task: product.logonTask,
    program,
    setup,
    systemFolder: system,
    run: (file, args) => runProgram(file, args, system),
  });
  const { windowsUpdates } = await import('../../upkeep/updates/tools-windows.ts');
  const around = { program, archive, systemFolder: system, access: windows.access, quit };
  return { upkeep: { autostart, updates: windowsUpdates(around) }, probe };
}

/** Starts this program again, with an administrator's rights and the manager open. */
export function elevate({ program, windows }: Start): boolean {
  return windows?.startElevated(program, ownSwitches.manager) ?? false;
}
