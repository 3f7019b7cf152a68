/** Who Windows' programs are, in Wine: the identity port as it ships, and programs to ask it about. */
import { type ChildProcess, spawn } from 'node:child_process';

import type { ProcessKey } from '../../../src-main/engine/ports.ts';
import { createAccounts } from '../../../src-main/platform/accounts.ts';
import { windowsIdentity } from '../../../src-main/platform/identity-windows.ts';
import { createPlaces } from '../../../src-main/platform/names.ts';
import { declare, once, pointerOf } from '../../../src-main/platform/windows/ffi.ts';
import { imagePath, withProcess } from '../../../src-main/platform/windows/processes.ts';
import { runningServices } from '../../../src-main/platform/windows/services.ts';

const QUERY_LIMITED = 0x1000;
const CERT_STORE_PROV_SYSTEM_W = 10;
const stores = { user: 0x10000, machine: 0x20000 };
const X509_ENCODING = 1;
const REPLACE_EXISTING = 3;

const api = once(() => ({
  ...declare('kernel32.dll', {
    OpenProcess: 'uintptr_t __stdcall OpenProcess(uint32_t, int32_t, uint32_t)',
    CloseHandle: 'int32_t __stdcall CloseHandle(uintptr_t)',
    GetProcessTimes: 'int32_t __stdcall GetProcessTimes(uintptr_t, void *, void *, void *, void *)',
  }),
  ...declare('crypt32.dll', {
    CertOpenStore:
      'uintptr_t __stdcall CertOpenStore(uintptr_t, uint32_t, uintptr_t, uint32_t, str16)',
    CertCloseStore: 'int32_t __stdcall CertCloseStore(uintptr_t, uint32_t)',
    CertAddEncodedCertificateToStore:
      'int32_t __stdcall CertAddEncodedCertificateToStore(uintptr_t, uint32_t, void *, uint32_t, uint32_t, void *)',
    CertFindCertificateInStore:
      'uintptr_t __stdcall CertFindCertificateInStore(uintptr_t, uint32_t, uint32_t, uint32_t, str16, uintptr_t)',
    CertDeleteCertificateFromStore: 'int32_t __stdcall CertDeleteCertificateFromStore(uintptr_t)',
  }),
}));

interface Started {
  /** Windows' id, and its time of creation. */
  readonly id: string;
  readonly created: string;
  /** As the driver tells it. */
  readonly path: string | null;
}

const identity = once(() => windowsIdentity());
const places = once(() => createPlaces());
const children = new Map<string, ChildProcess>();

function describe(id: number): Started {
  const handle = pointerOf(api().OpenProcess(QUERY_LIMITED, 0, id));
  if (handle === 0n) throw new Error(`process ${id} can't be opened`);
  const times = [0, 0, 0, 0].map(() => Buffer.alloc(8));
  api().GetProcessTimes(handle, ...times);
  api().CloseHandle(handle);
  const key = { id: BigInt(id), created: times[0]?.readBigUInt64LE() ?? 0n };
  return {
    id: String(id),
    created: String(key.created),
    path: withProcess(key, imagePath),
  };
}

function keyOf({ id, created }: Pick<Started, 'id' | 'created'>): ProcessKey {
  return { id: BigInt(id), created: BigInt(created) };
}

function withRoots<T>(where: keyof typeof stores, work: (store: bigint) => T): T {
  const given = [CERT_STORE_PROV_SYSTEM_W, 0, 0, stores[where], 'Root'];
  const store = pointerOf(api().CertOpenStore(...given));
  try {
    return work(store);
  } finally {
    api().CertCloseStore(store, 0);
  }
}

/** What the host may ask of this guest. */
export const identityCommands = {
  startProgram: ({ path, args, folder }: { path: string; args: string[]; folder?: string }) => {
    const child = spawn(path, args, { stdio: 'ignore', cwd: folder });
    const started = describe(child.pid ?? 0);
    children.set(started.id, child);
    return Promise.resolve(started);
  },
  endProgram: (id: string) => {
    const child = children.get(id);
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child?.kill();
    return ended.then(() => null);
  },
  describe: (id: number) => Promise.resolve(describe(id)),
  caller: ({ process, wanted }: { process: Started; wanted?: string[] }) => {
    const facts = {
      hash: wanted?.includes('hash') ?? false,
      ancestors: wanted?.includes('ancestors') ?? false,
    };
    return Promise.resolve(identity().callerOf(keyOf(process), process.path ?? '', facts));
  },
  runningServices: () => Promise.resolve(runningServices()),
  facts: (process: Started) => identity().processFacts(keyOf(process)),
  accountOf: async (process: Started) => (await createAccounts()).accountOf(keyOf(process)),
  isAlive: (process: Started) => identity().isAlive(keyOf(process)),
  subjectOf: (path: string) => Promise.resolve(identity().subjectOf(path)),
  fileExists: (path: string) => Promise.resolve(identity().fileExists(path)),
  sessions: () => Promise.resolve([identity().bootId(), identity().signInId()]),
  networkOf: (address: string) => places().networks.networkOf(address),
  namesOf: async (address: string) => {
    await places().names.refresh();
    return places().names.namesOf(address);
  },
  trustRoot: ({ certificate, where }: { certificate: string; where: keyof typeof stores }) => {
    const bytes = Buffer.from(certificate, 'base64');
    const given = [X509_ENCODING, bytes, bytes.length, REPLACE_EXISTING, null];
    return Promise.resolve(
      withRoots(where, (store) => api().CertAddEncodedCertificateToStore(store, ...given)),
    );
  },
  /** By a part of its subject. */
  distrustRoot: ({ name, where }: { name: string; where: keyof typeof stores }) => {
    const FIND_SUBJECT = 0x80007;
    return Promise.resolve(
      withRoots(where, (store) => {
        const found = api().CertFindCertificateInStore(
          store,
          X509_ENCODING,
          0,
          FIND_SUBJECT,
          name,
          0,
        );
        return pointerOf(found) === 0n ? 0 : api().CertDeleteCertificateFromStore(found);
      }),
    );
  },
};
