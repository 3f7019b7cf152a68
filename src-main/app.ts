/** The composition root that both shells share: chooses the device, builds engine, its host and router. */
import path from 'node:path';
import type { EventName, Handlers } from '../src-preload/contract/calls.ts';
import type { ManagerState, PromptState } from '../src-preload/contract/model.ts';
import type { Appearance } from '../src-preload/contract/upkeep.ts';
import { startCommandServer } from './cli/server.ts';
import { createDriverClient } from './driver/client.ts';
import { labDevice } from './driver/device-lab.ts';
import type { DeviceKind } from './driver/device.ts';
import { defaultPolicy } from './driver/policy.ts';
import { type Engine, createEngine } from './engine/engine.ts';
import { kernelOf } from './engine/policy/compile/kernel.ts';
import type { IdentityPort, ProbePort } from './engine/ports.ts';
import type { Account } from './engine/prompts/answerer.ts';
import type { Store } from './engine/store/store.ts';
import { journalFile } from './engine/journal/journal-file.ts';
import { accountApp } from './account-app.ts';
import { type AccountPart, EngineHost } from './engine-host.ts';
import { makePrivate } from './folders.ts';
import { type Router, type RouterParts, createRouter } from './ipc/router.ts';
import { callSchemas } from './ipc/schemas.ts';
import { systemClock } from './platform/clock.ts';
import { windowsFactory } from './platform/factory-windows.ts';
import { createAccounts } from './platform/accounts.ts';
import { createIdentity } from './platform/identity.ts';
import { ThreadSearcher } from './platform/journal-searcher.ts';
import { compileInWorker } from './platform/list-compiler.ts';
import { readListSource } from './platform/list-source.ts';
import { machineManaged } from './platform/managed.ts';
import { createPlaces } from './platform/names.ts';
import { product } from './product.ts';
import type { UpkeepParts } from './upkeep/handlers.ts';
import { createLogFile } from './upkeep/log-file.ts';
import { openPreferences } from './upkeep/preferences.ts';
import { type EngineStates, stateHandlers } from './upkeep/states.ts';
import { startUpkeep } from './upkeep/upkeep.ts';

/** What only a shell can do: its windows. */
export type WindowHandlers = Pick<Handlers, 'resizePrompt' | 'showPrompt' | 'saveFile'>;

/** Sign-ins of a start of the host; another text for other ones. */
export interface SignInsPort {
  id(): string;
  /** Calls when they have ended. Returns what ends the calls. */
  onEnd(ended: () => void): () => void;
}

export interface AppSettings {
  readonly stateFolder: string;
  /** Socket of the lab; null for the installed Windows driver. */
  readonly labSocket: string | null;
  /** "1.2.3" */
  readonly version: string;
  readonly windows: WindowHandlers;
  readonly upkeep: UpkeepParts;
  /** Accounts are asked apart: the service's business. */
  readonly byAccount?: boolean;
  /** Whose sign-ins rules are bound to, where it isn't the one that this process is of: the service's business. */
  readonly signIns?: SignInsPort;
  /** Makes the connection of the self-test; absent where there is none. */
  readonly probe?: ProbePort | undefined;
}

export interface App {
  readonly engine: EngineStates;
  readonly router: Router;
  /** How its user wants it to look and speak, now; `engine` tells of changes. */
  appearance(): Appearance;
  /** The state that an event carries, now. */
  readState(event: EventName): PromptState | ManagerState;
  stop(): Promise<void>;
}

/** One with an engine of its own. */
export interface EngineApp extends App {
  /** The same, cut down to an account that may answer for its own programs. */
  forAccount(account: Account): App;
}

export type StartedApp =
  | { readonly ok: true; readonly app: EngineApp }
  /** One sentence that says what is wrong and what to do. */
  | { readonly ok: false; readonly message: string };

/** Starts everything but windows. What a person can mend is a value. */
export async function startApp(settings: AppSettings): Promise<StartedApp> {
  if (!makePrivate(settings.stateFolder)) {
    const message =
      'The folder for rules can not be used: it must be yours alone. Choose one with --state.';
    return { ok: false, message };
  }
  const inLab = settings.labSocket !== null;
  const kind = await chooseDevice(settings.labSocket);
  const log = createLogFile(path.join(settings.stateFolder, 'logs'), systemClock.now, writeLine);
  const preferences = openPreferences(settings.stateFolder, log);
  const managed = await machineManaged(settings.stateFolder, product, log);
  const accounts = settings.byAccount === true ? await createAccounts() : undefined;
  const makeEngine = (store: Store): Engine => {
    const driver = createDriverClient({
      kind,
      policy: defaultPolicy({ loopback: inLab ? 'ask' : 'allow' }),
      clock: systemClock,
      version: versionNumber(settings.version),
      name: inLab ? 'the lab' : 'the Portreeve driver',
    });
    const lists = {
      folder: path.join(settings.stateFolder, 'blocklists'),
      read: readListSource,
      compile: compileInWorker,
    };
    const identity = identityOf(settings);
    const factory = process.platform === 'win32' ? windowsFactory : () => [];
    const { probe } = settings;
    const journal = {
      file: journalFile(settings.stateFolder),
      search: (file: string) => new ThreadSearcher(file),
    };
    const ports = { driver, store, journal, clock: systemClock, identity, factory, managed, probe };
    return createEngine({
      ...ports,
      accounts,
      ...createPlaces(),
      kernel: kernelOf(driver),
      lists,
      log,
    });
  };
  const engine = new EngineHost({
    folder: settings.stateFolder,
    clock: systemClock,
    log,
    makeEngine,
  });
  await engine.start();
  const { stateFolder, version } = settings;
  const parts = { ...settings.upkeep, folder: stateFolder, version, engine, log, preferences };
  const upkeep = startUpkeep({ ...parts, clock: systemClock });
  const { states } = upkeep;
  const logError: RouterParts['logError'] = (what, error) =>
    log.warn(`${what}: ${errorText(error)}`);
  const router = createRouter({
    handlers: {
      ...engine.handlers,
      ...stateHandlers(states),
      ...settings.windows,
      ...upkeep.handlers,
    },
    schemas: callSchemas,
    logError,
  });
  const commands = await startCommandServer({ stateFolder, router, version, log });
  const stop = (): Promise<void> => {
    commands?.close();
    upkeep.stop();
    return engine.stop();
  };
  const appearance = (): Appearance => preferences.now.appearance;
  const readState = stateReader(states);
  const forAccount = (account: Account): App => {
    const part = inLooks(engine.answererFor(account), appearance);
    return accountApp({ part, onChange: states.onChange, logError });
  };
  return { ok: true, app: { engine: states, router, appearance, readState, forAccount, stop } };
}

function identityOf({ signIns }: AppSettings): IdentityPort {
  const identity = createIdentity();
  if (signIns === undefined) return identity;
  return {
    ...identity,
    signInId: () => `${identity.bootId()} ${signIns.id()}`,
    onSignOut: (signedOut) => signIns.onEnd(signedOut),
  };
}

/** An account's windows look as all of them do. */
function inLooks(part: AccountPart, appearance: () => Appearance): AccountPart {
  return {
    ...part,
    promptState: () => ({ ...part.promptState(), appearance: appearance() }),
  };
}

function stateReader(engine: EngineStates): App['readState'] {
  return (event) => {
    switch (event) {
      case 'promptChanged':
        return engine.promptState();
      case 'managerChanged':
        return engine.managerState();
    }
  };
}

/** The Windows device brings FFI with it, so it is loaded only where it is used. */
async function chooseDevice(labSocket: string | null): Promise<DeviceKind> {
  if (labSocket !== null) return labDevice(labSocket);
  const { windowsDevice } = await import('./driver/device-windows.ts');
  return windowsDevice();
}

function versionNumber(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return (major << 16) | (minor << 8) | patch;
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function writeLine(message: string): void {
  process.stderr.write(`portreeve: ${message}\n`);
}
