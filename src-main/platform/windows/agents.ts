/** Agents on Windows: who is signed in, the agent's folder, and the agent in the user's session. */
import path from 'node:path';

import type { AgentProcess, AgentsPort, UserSession } from '../../service/agents-port.ts';
import { agentEnvironment, environmentBlock } from '../agent-environment.ts';
import { agentFolder } from '../agent-folder.ts';
import * as access from './access.ts';
import { type StartedProcess, end, startAs } from './agent-process.ts';
import { Exits } from './exits.ts';
import type { Pointer } from './ffi.ts';
import { watchSessions } from './session-events.ts';
import { sessionOf, userSessions, withUserToken } from './sessions.ts';
import { namesFolder, pinNames } from './device-names.ts';
import { systemFolder } from './system-folder.ts';
import { signInOfToken } from './tokens.ts';

/**
 * Without Chromium's sandbox: its processes get a low integrity and a list with their user in it ("restricted_token.cc",
 * AddUserSidToDefaultDacl), so that any program of that user's could write into the page and answer. Like this they have the
 * integrity and the label of the agent, whose rights are its user's.
 */
const AGENT = '--agent --no-sandbox';

export interface AgentsOfWindows {
  /** The program that an agent is, by its absolute path. */
  readonly program: string;
  /** Folder of the rules; the agents' are below it. */
  readonly stateFolder: string;
}

/** Works in the system's own processes only; elsewhere nobody is signed in. */
export function windowsAgents({ program, stateFolder }: AgentsOfWindows): AgentsPort {
  const exits = new Exits();
  const names = namesOf([program, stateFolder, systemFolder()]);
  const places = { systemFolder: systemFolder(), programData: path.win32.dirname(stateFolder) };
  return {
    sessions: userSessions,
    onChange(changed) {
      const events = watchSessions(changed);
      return () => void events.end();
    },
    start(session, agent, folder) {
      const environment = environmentBlock(agentEnvironment({ ...places, folder }, agent));
      if (environment === null) return null;
      const working = path.win32.dirname(program);
      const around = { file: program, args: AGENT, folder: working, environment };
      return withUserToken(session.sessionId, (token) =>
        isStill(session, token) && areNamesSafe(token, names)
          ? running(startAs(token, around), exits)
          : null,
      );
    },
    folderFor: ({ account }) => agentFolder(stateFolder, account, access),
  };
}

/** The drives of these paths, and the folder of pipes. */
function namesOf(paths: readonly string[]): string[] {
  const drives = paths.map((one) => path.win32.parse(one).root.slice(0, 2).toUpperCase());
  return [...new Set([...drives, 'PIPE'])];
}

/** What an agent loads, and where it connects to, is what it is for everybody. */
function areNamesSafe(token: Pointer, names: readonly string[]): boolean {
  const signIn = signInOfToken(token);
  return signIn !== null && pinNames(namesFolder(signIn), names);
}

/** A session's number may be another user's by now; and an administrator has no agent, whatever was said before. */
function isStill({ sessionId, account }: UserSession, token: Pointer): boolean {
  const now = sessionOf(sessionId, token);
  return now !== null && now.account === account && !now.isAdministrator;
}

/** What the service holds of a process that was started. */
export function running(started: StartedProcess | null, exits: Exits): AgentProcess | null {
  if (started === null) return null;
  let hasEnded = false;
  const wait = async (): Promise<void> => {
    await exits.of(started.handle);
    hasEnded = true;
  };
  return {
    processId: started.id,
    exited: wait(),
    stop() {
      if (!hasEnded) end(started.handle);
    },
  };
}
