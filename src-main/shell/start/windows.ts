/** What a start on Windows needs of Windows. Elsewhere there is none of it. */
import path from 'node:path';
import type { App, AppSettings } from '../../app.ts';
import { systemClock } from '../../platform/clock.ts';
import { startOnlooker } from '../../onlooker.ts';
import { noUpkeep } from '../../upkeep/handlers.ts';
import { installedStateFolder, stateFolder } from '../../folders.ts';
import type { DesktopCalls } from '../../platform/desktop-windows.ts';
import {
  type AccessCalls,
  isOutOfReach,
  programWeakness,
  readableWeakness,
  stateWeakness,
} from '../../platform/install-windows.ts';
import { type Ran, createAutostart, runProgram } from '../../platform/autostart.ts';
import { createBootLockdown } from '../../platform/boot-lockdown.ts';
import { curlProbe, probeOfText } from '../../platform/probe.ts';
import type { OwnRights } from '../../platform/windows/tokens.ts';
import { product } from '../../product.ts';
import type { AgentsPort } from '../../service/agents-port.ts';
import { screenUse } from '../desktop/presence.ts';
import type { Sensors } from '../desktop/watch.ts';
import type { StartFacts } from './admission.ts';
import { type Launch, ownSwitches } from './launch.ts';

export interface WindowsCalls {
  readonly desktop: DesktopCalls;
  readonly access: AccessCalls;
  ownRights(): OwnRights;
  startElevated(program: string, argument: string): boolean;
  /** Whether this process is the system's own. */
  isSystem(): boolean;
  /** Agents in users' sessions; of the system's own process alone. */
  agents(program: string, stateFolder: string): AgentsPort;
}

/** Null elsewhere. The calls bring FFI with them, so they are loaded only where they are used. */
export async function loadWindows(): Promise<WindowsCalls | null> {
  if (process.platform !== 'win32') return null;
  const { loadDesktopCalls } = await import('../../platform/desktop-windows.ts');
  const { isSystem, ownRights } = await import('../../platform/windows/tokens.ts');
  const { windowsAgents } = await import('../../platform/windows/agents.ts');
  const { startElevated } = await import('../../platform/windows/elevate.ts');
  const access = await import('../../platform/windows/access.ts');
  const agents: WindowsCalls['agents'] = (program, stateFolder) =>
    windowsAgents({ program, stateFolder });
  return { desktop: loadDesktopCalls(), access, ownRights, startElevated, isSystem, agents };
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

/** How this process ends. */
export interface Ends {
  quit(): void;
  /** And starts again. */
  startAnew(): void;
}

/** What Portreeve can do about itself here. */
export async function upkeepOf(start: Start, ends: Ends): Promise<Upkeep> {
  const { launch, program, packaged, windows, archive } = start;
  const { quit, startAnew } = ends;
  const none = { upkeep: { ...noUpkeep, startAnew }, probe: probeOfText(launch.probe) };
  if (windows === null) return none;
  const { systemFolder } = await import('../../platform/windows/system-folder.ts');
  const system = systemFolder();
  const probe = curlProbe(system);
  if (!packaged) return { ...none, probe };
  const setup = path.win32.join(path.win32.dirname(program), 'resources', product.setup);
  const run = (file: string, args: readonly string[]): Promise<Ran> =>
    runProgram(file, args, system);
  const { machineValues } = await import('../../platform/windows/registry.ts');
  const values = (): Readonly<Record<string, unknown>> => machineValues(product.settingsKey);
  const bootLockdown = createBootLockdown({ setup, values, run });
  const taskTools = { program, setup, systemFolder: system, run };
  const autostart = createAutostart({ ...taskTools, task: product.logonTask, kind: 'logon' });
  const service = createAutostart({ ...taskTools, task: product.serviceTask, kind: 'service' });
  const { windowsUpdates } = await import('../../upkeep/updates/tools-windows.ts');
  const around = { program, archive, systemFolder: system, access: windows.access, quit };
  const updates = windowsUpdates(around);
  const isReadable = (folder: string): boolean => readableWeakness(folder, windows.access) === null;
  const tasks = { autostart, service, isService: launch.service };
  return { upkeep: { ...tasks, bootLockdown, updates, isReadable, startAnew }, probe };
}

/** What a standard user may look at; null for nothing. In development a folder can be named. */
export function onlookerOf(start: Start, version: string): App | null {
  const { launch, packaged, windows } = start;
  if (packaged && windows === null) return null;
  const folder = packaged ? folderOf(start) : (launch.look ?? folderOf(start));
  const isTrusted = (file: string): boolean =>
    !packaged || windows === null || isOutOfReach(file, windows.access);
  return startOnlooker({ folder, version, clock: systemClock, isTrusted });
}

/** Starts this program again, with an administrator's rights and the manager open. */
export function elevate({ program, windows }: Start): boolean {
  return windows?.startElevated(program, ownSwitches.manager) ?? false;
}
