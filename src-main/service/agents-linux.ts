/**
 * Agents outside of Windows, for development and tests: real processes of other accounts where root starts them. Who is "signed
 * in" is said on the command line, as UID or UID:name.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { runFolder } from '../folders.ts';
import { agentVariable } from './agent-told.ts';
import type { AgentProcess, AgentsPort, UserSession } from './agents-port.ts';

const program = path.join(path.dirname(import.meta.dirname), 'main-browser.ts');
const asIs = ['--disable-warning=ExperimentalWarning'];

/** Null for what is no account. */
export function accountOfText(text: string): UserSession | null {
  const [, account, name] = /^(\d{1,9})(?::(\w{1,32}))?$/.exec(text) ?? [];
  if (account === undefined) return null;
  const sessionId = Number(account);
  const signIn = account;
  return { sessionId, account, name: name ?? account, isAdministrator: false, signIn };
}

/** `say` gets what agents say, with the account's name before it. */
export function linuxAgents(
  sessions: readonly UserSession[],
  say: (line: string) => void,
): AgentsPort {
  return {
    sessions: () => sessions,
    onChange: () => () => {},
    folderFor: ({ account }) => ownFolder(account),
    start: (session, agent, folder) => start({ session, agent, folder }, say),
  };
}

/** Of a socket that others can reach, below a folder in which they can list and make nothing. */
export function newSocket(): string {
  return path.join(agentsFolder(), `${randomBytes(16).toString('hex')}.sock`);
}

/** Beside the folder of Portreeve's own sockets, which nobody else can enter. */
function agentsFolder(): string {
  const folder = `${runFolder()}-agents`;
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const entry = lstatSync(folder);
  if (!entry.isDirectory() || entry.uid !== process.getuid?.()) {
    throw new Error(`${folder} is somebody else's. Set PORTREEVE_RUN to another place.`);
  }
  chmodSync(folder, 0o711);
  return folder;
}

/** Null where it is not that account's alone. */
function ownFolder(account: string): string | null {
  const uid = Number(account);
  try {
    const folder = path.join(agentsFolder(), account);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (process.getuid?.() === 0) chownSync(folder, uid, uid);
    const entry = lstatSync(folder);
    const isOwn = entry.isDirectory() && entry.uid === uid && (entry.mode & 0o077) === 0;
    return isOwn ? folder : null;
  } catch {
    return null;
  }
}

interface Starting {
  readonly session: UserSession;
  readonly agent: string;
  readonly folder: string;
}

function start(
  { session, agent, folder }: Starting,
  say: (line: string) => void,
): AgentProcess | null {
  const uid = Number(session.account);
  const who = process.getuid?.() === 0 ? { uid, gid: uid } : {};
  const environment = { PATH: process.env['PATH'], HOME: folder, [agentVariable]: agent };
  try {
    const child = spawn(process.execPath, [...asIs, program, '--join'], {
      ...who,
      env: environment,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { stdout } = child;
    createInterface(stdout).on('line', (line) => say(`${session.name}: ${line}`));
    return {
      processId: child.pid ?? 0,
      exited: endOf(child),
      stop: () => void child.kill('SIGKILL'),
    };
  } catch {
    return null;
  }
}

/** Also of one that could not be started. */
function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}
