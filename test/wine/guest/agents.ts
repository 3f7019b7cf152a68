/** Agents as the product starts them, with this process's own token in place of a user's: Wine has no other. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import {
  agentEnvironment,
  environmentBlock,
} from '../../../src-main/platform/agent-environment.ts';
import { agentFolderSecurity } from '../../../src-main/platform/agent-folder.ts';
import * as access from '../../../src-main/platform/windows/access.ts';
import { startAs } from '../../../src-main/platform/windows/agent-process.ts';
import { running, windowsAgents } from '../../../src-main/platform/windows/agents.ts';
import { Exits } from '../../../src-main/platform/windows/exits.ts';
import { pinNames, targetOf } from '../../../src-main/platform/windows/device-names.ts';
import {
  type Arena,
  declare,
  inArena,
  once,
  pointerOf,
  writeNumber,
  writePointer,
} from '../../../src-main/platform/windows/ffi.ts';
import { watchSessions } from '../../../src-main/platform/windows/session-events.ts';
import { sessionIds, sessionOf } from '../../../src-main/platform/windows/sessions.ts';
import { systemFolder } from '../../../src-main/platform/windows/system-folder.ts';
import {
  accountOfProcess,
  integrityOfToken,
  isAdministratorsToken,
  isSystem,
  withToken,
} from '../../../src-main/platform/windows/tokens.ts';
import type { AgentProcess } from '../../../src-main/service/agents-port.ts';
import type { AgentTask } from './agent.ts';

const TOKEN_DUPLICATE_AND_QUERY = 2 | 8;
const ATTRIBUTES_BYTES = 24;
const INHERIT = 16;
const HANDLE_STEP = 4;
const TOLD_STEPS = 1000;
const DIRECTORY_ALL = 0xf_000f;
const LINK_ALL = 0xf_0001;

const api = once(() =>
  declare('kernel32.dll', {
    GetCurrentProcess: 'uintptr_t __stdcall GetCurrentProcess()',
    CreateSemaphoreW: 'uintptr_t __stdcall CreateSemaphoreW(void *, int32_t, int32_t, str16)',
    CreateEventW: 'uintptr_t __stdcall CreateEventW(void *, int32_t, int32_t, str16)',
    SetEvent: 'int32_t __stdcall SetEvent(uintptr_t)',
    CloseHandle: 'int32_t __stdcall CloseHandle(uintptr_t)',
  }),
);

const objects = once(() =>
  declare('ntdll.dll', {
    NtCreateDirectoryObject:
      'int32_t __stdcall NtCreateDirectoryObject(_Out_ uintptr_t *, uint32_t, void *)',
    NtCreateSymbolicLinkObject:
      'int32_t __stdcall NtCreateSymbolicLinkObject(_Out_ uintptr_t *, uint32_t, void *, void *)',
  }),
);

const exits = once(() => new Exits());
const started = new Map<number, AgentProcess>();

/** One that a process inherits which is started with inheritance. */
function inheritable(): bigint {
  const attributes = Buffer.alloc(ATTRIBUTES_BYTES);
  attributes.writeUInt32LE(ATTRIBUTES_BYTES);
  attributes.writeUInt32LE(1, INHERIT);
  return pointerOf(api().CreateSemaphoreW(attributes, 0, 1000, null));
}

const semaphore = once(() => ({ handle: inheritable() }));

interface Wanted {
  readonly report: string;
  readonly folder: string;
  readonly livesMs: number;
}

function taskOf({ report, livesMs }: Wanted): string {
  const task: AgentTask = { report, livesMs, semaphore: String(semaphore().handle) };
  return JSON.stringify(task);
}

const script = (): string => path.join(path.dirname(process.argv[1] ?? ''), 'agent.js');

/** By CreateProcessAsUser; null where that failed. */
function startAgent(wanted: Wanted): number | null {
  const places = {
    systemFolder: systemFolder(),
    programData: 'C:\\ProgramData',
    folder: wanted.folder,
  };
  const environment = environmentBlock(agentEnvironment(places, taskOf(wanted)));
  if (environment === null) return null;
  const file = process.execPath;
  const program = { file, args: `"${script()}" --agent`, folder: wanted.folder, environment };
  const own = pointerOf(api().GetCurrentProcess());
  const process_ = withToken(own, (token) => startAs(token, program), TOKEN_DUPLICATE_AND_QUERY);
  const agent = running(process_, exits());
  if (agent !== null) started.set(agent.processId, agent);
  return agent?.processId ?? null;
}

/** As Node starts programs: with this environment, and with handles. */
function startOther(wanted: Wanted): number {
  const env = { ...process.env, PORTREEVE_AGENT: taskOf(wanted) };
  const child = spawn(process.execPath, [script()], { env, stdio: 'ignore', cwd: wanted.folder });
  return child.pid ?? 0;
}

/** The value of the last of many new handles: Wine's are counted from the lowest that is free, and it does not count them. */
function lastHandle(): number {
  const many = Array.from({ length: 64 }, () => pointerOf(api().CreateEventW(null, 0, 0, null)));
  for (const handle of many) api().CloseHandle(handle);
  return Math.max(...many.map(Number)) / HANDLE_STEP;
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

function textOf(arena: Arena, value: string): bigint {
  const { length } = Buffer.from(value, 'utf16le');
  const text = arena.allocate(16);
  writeNumber(text, 0, (length << 16) | length);
  writePointer(text, 8, arena.text(value));
  return text;
}

function objectNamed(arena: Arena, name: string): bigint {
  const object = arena.allocate(48);
  writeNumber(object, 0, 48);
  writePointer(object, 16, textOf(arena, name));
  return object;
}

function makeNamesFolder(folder: string): number {
  return inArena((arena) =>
    Number(objects().NtCreateDirectoryObject([0n], DIRECTORY_ALL, objectNamed(arena, folder))),
  );
}

/** As a program of the user's would, that was there first. */
function takeName({ folder, name, target }: Record<'folder' | 'name' | 'target', string>): number {
  return inArena((arena) => {
    const object = objectNamed(arena, `${folder}\\${name}`);
    const text = textOf(arena, target);
    return Number(objects().NtCreateSymbolicLinkObject([0n], LINK_ALL, object, text));
  });
}

/** What the stand-in for Windows' sessions waits for; kept open, so that a change is there until somebody waits. */
const change = once(() => ({
  event: pointerOf(api().CreateEventW(null, 0, 0, 'portreeve-sessions-change')),
}));

/** Whether each of so many changes was told, the milliseconds until the thread has ended, and calls after that. */
async function watch(changes: number): Promise<{ told: boolean[]; endedMs: number; late: number }> {
  let count = 0;
  const told: boolean[] = [];
  const { event } = change();
  const events = watchSessions(() => {
    count += 1;
  });
  for (let index = 0; index < changes; index += 1) {
    const before = count;
    api().SetEvent(event);
    const isTold = (): boolean => count > before;
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for (let step = 0; !isTold() && step < TOLD_STEPS; step += 1) await pause(20);
    told.push(isTold());
  }
  const before = performance.now();
  await events.end();
  const endedMs = performance.now() - before;
  const atEnd = count;
  api().SetEvent(event);
  await pause(500);
  return { told, endedMs, late: count - atEnd };
}

/** Milliseconds of one answer, of many. */
function accountMs(): number {
  const own = pointerOf(api().GetCurrentProcess());
  const started_ = performance.now();
  for (let round = 0; round < 1000; round += 1) accountOfProcess(own);
  return (performance.now() - started_) / 1000;
}

interface Names {
  readonly folder: string;
  readonly names: readonly string[];
}

/** What the host may ask of this guest. */
export const agentCommands = {
  /** A folder of names as a sign-in has one; there as long as this process runs. */
  makeNamesFolder: (folder: string) => Promise.resolve(makeNamesFolder(folder)),
  takeName: (taken: Parameters<typeof takeName>[0]) => Promise.resolve(takeName(taken)),
  pinNames: ({ folder, names }: Names) => Promise.resolve(pinNames(folder, names)),
  targetsOf: ({ folder, names }: Names) =>
    Promise.resolve(names.map((name) => [targetOf(name), targetOf(name, folder)])),
  startAgent: (wanted: Wanted) => Promise.resolve(startAgent(wanted)),
  startOther: (wanted: Wanted) => Promise.resolve(startOther(wanted)),
  agentEnded: (id: number) => started.get(id)?.exited.then(() => 'ended') ?? Promise.resolve(null),
  stopAgent: (id: number) => Promise.resolve(started.get(id)?.stop() ?? null),
  readReport: (file: string) => Promise.resolve(JSON.parse(readFileSync(file, 'utf8')) as unknown),
  lastHandle: () => Promise.resolve(lastHandle()),
  leakHandle: () => Promise.resolve(String(api().CreateEventW(null, 0, 0, null))),
  watch,
  accountMs: () => Promise.resolve(accountMs()),
  /** Ends with the watch under way, as a service that is told to. */
  watchAndExit: () => {
    watchSessions(() => undefined);
    setTimeout(() => process.exit(0), 500);
    return Promise.resolve(null);
  },
  makeAgentFolder: ({ folder, account }: { folder: string; account: string }) => {
    const made = access.makeFolderWith(folder, agentFolderSecurity(account));
    return Promise.resolve({
      made,
      security: access.securityOf(folder),
      label: access.labelOf(folder),
    });
  },
  signedIn: () => {
    const agents = windowsAgents({
      program: process.execPath,
      stateFolder: 'C:\\ProgramData\\Portreeve',
    });
    const own = pointerOf(api().GetCurrentProcess());
    const session = withToken(own, (token) => sessionOf(1, token));
    const none = {
      sessionId: 77,
      account: 'S-1-5-21-1-2-3-1001',
      name: 'x',
      isAdministrator: false,
      signIn: 'none',
    };
    return Promise.resolve({
      ids: sessionIds(),
      sessions: agents.sessions(),
      session,
      isSystem: isSystem(),
      account: accountOfProcess(own),
      integrity: withToken(own, integrityOfToken),
      isAdministrator: withToken(own, isAdministratorsToken),
      started: agents.start(none, '{}', 'C:\\'),
      folder: agents.folderFor(none),
      badFolder: agents.folderFor({ ...none, account: String.raw`..\x` }),
    });
  },
};
