/** What an installed Portreeve needs of Windows to replace itself. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { type Feed, readFeed } from './feed.ts';
import type { UpdateTools } from './updates.ts';
import { type AccessCalls, stateWeakness } from '../../platform/install-windows.ts';
import { WindowsFacts } from '../../platform/windows/facts.ts';

export interface UpdateSurroundings {
  /** Portreeve's program. */
  readonly program: string;
  /** Folder of package.json: the archive, whose hash is in the program. */
  readonly archive: string;
  /** Windows' own folder of programs, whatever the environment says. */
  readonly systemFolder: string;
  readonly access: AccessCalls;
  readonly quit: () => void;
}

const arches: Readonly<Record<string, string>> = { x64: 'x64', arm64: 'arm64' };

export function windowsUpdates(around: UpdateSurroundings): UpdateTools {
  const { program, archive, systemFolder, access, quit } = around;
  const facts = new WindowsFacts();
  const publisherOf = async (file: string): Promise<string | null> =>
    (await facts.ask('publisher', file)) ?? null;
  return {
    feed: feedOf(archive),
    arch: arches[process.arch] ?? 'none',
    ownPublisher: () => publisherOf(program),
    publisherOf,
    isSafe: (folder) => stateWeakness(folder, access) === null,
    install: (file) => startInstaller(file, systemFolder),
    quit,
  };
}

function feedOf(archive: string): Feed | null {
  try {
    return readFeed(JSON.parse(readFileSync(path.join(archive, 'package.json'), 'utf8')));
  } catch {
    return null;
  }
}

/**
 * The command line of Windows Installer. What was chosen at the installation it knows itself (ADR 0053); the app comes up
 * again, and Windows is not restarted.
 */
export function installerArguments(file: string): readonly string[] {
  const log = path.win32.join(path.win32.dirname(file), 'install.log');
  return ['/i', file, '/passive', '/norestart', '/l*v', log, 'START=now'];
}

/** True once it runs. It gets nothing of the user's environment, and goes on when Portreeve ends. */
function startInstaller(file: string, systemFolder: string): Promise<boolean> {
  const SystemRoot = path.win32.dirname(systemFolder);
  const folder = path.win32.dirname(file);
  const env = { SystemRoot, windir: SystemRoot, TEMP: folder, TMP: folder };
  const options = { detached: true, stdio: 'ignore', env, cwd: systemFolder } as const;
  return new Promise((resolve) => {
    const child = spawn(
      path.win32.join(systemFolder, 'msiexec.exe'),
      installerArguments(file),
      options,
    );
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
    child.once('error', () => resolve(false));
  });
}
