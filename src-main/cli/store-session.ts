/**
 * The calls of the command line on the store itself, while no Portreeve runs: the same engine, router and checks, without a
 * driver. The store's lock keeps Portreeve out meanwhile.
 */
import path from 'node:path';
import type { InputOf, OutputOf } from '../../src-preload/contract/calls.ts';
import type { CommandLineCall } from '../../src-preload/contract/command-line.ts';
import type { Result } from '../../src-preload/contract/model.ts';
import { createEngine } from '../engine/engine.ts';
import type { DriverPort, ListPorts } from '../engine/ports.ts';
import { journalIn } from '../engine/journal/search-desk.ts';
import { refuse } from '../engine/result.ts';
import { EngineHost } from '../engine-host.ts';
import { createRouter } from '../ipc/router.ts';
import { callSchemas } from '../ipc/schemas.ts';
import { systemClock } from '../platform/clock.ts';
import { windowsFactory } from '../platform/factory-windows.ts';
import { createIdentity } from '../platform/identity.ts';
import { machineManaged } from '../platform/managed.ts';
import { noNames, noNetworks } from '../platform/names.ts';
import { product } from '../product.ts';
import type { Session } from './session.ts';

/** Nothing is held, and nothing is decided. */
const noDriver: DriverPort = {
  start: () => undefined,
  stop: () => Promise.resolve(),
  setNoClient: () => undefined,
  answer: () => Promise.resolve(0),
  setTable: () => Promise.resolve({ ok: false, problem: null }),
  mapProcesses: () => Promise.resolve(0),
  ruleHits: () => Promise.resolve([]),
};

/** Never asked: lists are the business of a Portreeve that runs. */
function noLists(folder: string): ListPorts {
  const failure = { kind: 'failed', failure: 'not-readable' } as const;
  return {
    folder: path.join(folder, 'blocklists'),
    read: () => Promise.resolve(failure),
    compile: () => Promise.resolve({ ok: false, refusal: 'no-list' }),
  };
}

/** `folder` is there and private. What is wrong with the store is the result of each call. */
export async function openStoreSession(
  folder: string,
  warn: (line: string) => void,
): Promise<Session> {
  const log = { warn };
  const managed = await machineManaged(folder, product, log);
  const host = new EngineHost({
    folder,
    clock: systemClock,
    // Each call says itself what is wrong with the store.
    log: { warn: () => undefined },
    storeOnly: true,
    makeEngine: (store) =>
      createEngine({
        driver: noDriver,
        store,
        journal: journalIn(folder),
        clock: systemClock,
        identity: createIdentity(),
        names: noNames,
        networks: noNetworks,
        kernel: null,
        factory: process.platform === 'win32' ? windowsFactory : () => [],
        lists: noLists(folder),
        managed,
        log,
      }),
  });
  await host.start();
  const noWindow = () => Promise.resolve(refuse('refused', 'There is no window.'));
  const router = createRouter({
    handlers: {
      ...host.handlers,
      readSettings: noWindow,
      setAutostart: noWindow,
      setBootLockdown: noWindow,
      setOnlookers: noWindow,
      setAnswerers: noWindow,
      startAnew: noWindow,
      setAppearance: noWindow,
      setUpdates: noWindow,
      runUpdate: noWindow,
      readDiagnostics: noWindow,
      saveFile: noWindow,
      resizePrompt: noWindow,
      showPrompt: noWindow,
    },
    schemas: callSchemas,
    logError: (what, error) => warn(`${what}: ${String(error)}`),
  });
  return {
    running: null,
    async call<Name extends CommandLineCall>(name: Name, input: InputOf<Name>) {
      // The router answers with the result of the handler of this name.
      return (await router.call('command-line', name, input)) as Result<OutputOf<Name>>;
    },
    close: () => host.stop(),
  };
}
