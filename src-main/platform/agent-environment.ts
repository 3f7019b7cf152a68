/**
 * The environment of an agent, made from nothing: what a user's programs put into theirs, below HKEY_CURRENT_USER, never
 * reaches it.
 *
 * Electron does not start without the folder of the user's applications, which the shell makes of USERPROFILE ("User Shell
 * Folders" say %USERPROFILE%\AppData\Roaming). The user's own would do, but their programs may write there; so the profile is
 * the agent's own folder too, and what Chromium or a graphics driver puts aside stays in it.
 */
import path from 'node:path';

export interface AgentPlaces {
  /** Windows' folder of programs, such as "C:\Windows\System32". */
  readonly systemFolder: string;
  readonly programData: string;
  /** The agent's own folder. */
  readonly folder: string;
}

/** Below the agent's folder; the shell has no folder for what is not there. */
export const profileFolders = ['AppData', 'AppData\\Roaming', 'AppData\\Local'] as const;

/** By name. `agent`: JSON text. */
export function agentEnvironment(
  { systemFolder, programData, folder }: AgentPlaces,
  agent: string,
): Readonly<Record<string, string>> {
  const [, roaming, local] = profileFolders.map((name) => path.win32.join(folder, name));
  return {
    SystemRoot: path.win32.dirname(systemFolder),
    SystemDrive: path.win32.parse(systemFolder).root.replace(/\\$/, ''),
    ProgramData: programData,
    PATH: systemFolder,
    USERPROFILE: folder,
    APPDATA: roaming ?? folder,
    LOCALAPPDATA: local ?? folder,
    TEMP: folder,
    TMP: folder,
    PORTREEVE_AGENT: agent,
  };
}

/**
 * As CreateProcess takes it ("Changing Environment Variables", Microsoft Learn): NAME=value, each ended by a zero, sorted by
 * name without regard to case, and one more zero. Null for a text that would end its entry.
 */
export function environmentBlock(variables: Readonly<Record<string, string>>): Buffer | null {
  const entries = Object.entries(variables).toSorted(([a], [b]) =>
    a.toUpperCase() < b.toUpperCase() ? -1 : 1,
  );
  if (entries.some(([name, value]) => !/^[^=\0]+$/.test(name) || value.includes('\0'))) return null;
  const lines = entries.map(([name, value]) => `${name}=${value}\0`);
  return Buffer.from(`${lines.join('')}\0`, 'utf16le');
}
