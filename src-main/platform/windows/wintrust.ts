/**
 * Who signed a program's file: WinVerifyTrust, first with the file's own signature, then with the system's catalogs.
 * Nothing here goes to the network, since the network may be what is being held: certificates and revocations come from
 * Windows' cache. Constants and layouts: wintrust.h, softpub.h, mscat.h, wincrypt.h.
 */
import type { Arena, Pointer } from './ffi.ts';
import {
  declare,
  inArena,
  numberOf,
  once,
  pointerOf,
  read,
  readNumber,
  readPointer,
  write,
  writeNumber,
  writePointer,
} from './ffi.ts';

const ACTION_VERIFY_V2 = guid('00aac56b', 'cd44', '11d0', '8cc200c04fc295ee');
const DRIVER_ACTION_VERIFY = guid('f750e6c3', '38ee', '11d1', '85e500c04fc295ee');
const WTD_UI_NONE = 2;
const WTD_REVOKE_WHOLECHAIN = 1;
const WTD_CHOICE_FILE = 1;
const WTD_CHOICE_CATALOG = 2;
const WTD_STATEACTION_VERIFY = 1;
const WTD_STATEACTION_CLOSE = 2;
const WTD_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT = 0x80;
const WTD_CACHE_ONLY_URL_RETRIEVAL = 0x1000;
const WTD_DISABLE_MD2_MD4 = 0x2000;
const NO_WINDOW = 0xffff_ffff_ffff_ffffn;
const DATA = {
  bytes: 80,
  ui: 24,
  revocation: 28,
  choice: 32,
  subject: 40,
  action: 48,
  state: 56,
  flags: 72,
};
const FILE = { bytes: 32, path: 8, handle: 16 };
const CATALOG = { bytes: 72, catalog: 8, tag: 16, path: 24, handle: 32, hash: 40, hashBytes: 48 };
/** CRYPT_PROVIDER_SGNR, CRYPT_PROVIDER_CERT and CERT_CONTEXT. */
const SIGNER = { certificates: 12, chain: 16 };
const CERTIFICATE = { bytes: 88, context: 8 };
const CONTEXT = { encoded: 8, bytes: 16 };
const CATALOG_INFO = { bytes: 524, path: 4, pathBytes: 520 };
const MAX_HASH = 64;
const MAX_CATALOGS = 8;
const ENCODING = 0x10001;
const CERT_STORE_PROV_SYSTEM_W = 10;
/** CERT_SYSTEM_STORE_LOCAL_MACHINE, read only. */
const OF_THE_MACHINE = 0x20000 | 0x8000;
const CERT_FIND_EXISTING = 13 << 16;
/** TRUST_E_PROVIDER_UNKNOWN, TRUST_E_SUBJECT_FORM_UNKNOWN, TRUST_E_NOSIGNATURE. */
const noSignature: ReadonlySet<number> = new Set([0x800b0001, 0x800b0003, 0x800b0100]);
const CRYPT_E_REVOCATION_OFFLINE = 0x80092013;
const CRYPT_E_NO_REVOCATION_CHECK = 0x80092012;
const CERT_E_REVOCATION_FAILURE = 0x800b010e;

const api = once(() => ({
  ...declare('wintrust.dll', {
    WinVerifyTrust: 'uint32_t __stdcall WinVerifyTrust(uintptr_t, void *, uintptr_t)',
    WTHelperProvDataFromStateData: 'uintptr_t __stdcall WTHelperProvDataFromStateData(uintptr_t)',
    WTHelperGetProvSignerFromChain:
      'uintptr_t __stdcall WTHelperGetProvSignerFromChain(uintptr_t, uint32_t, int32_t, uint32_t)',
    CryptCATAdminAcquireContext:
      'int32_t __stdcall CryptCATAdminAcquireContext(_Out_ uintptr_t *, void *, uint32_t)',
    CryptCATAdminReleaseContext:
      'int32_t __stdcall CryptCATAdminReleaseContext(uintptr_t, uint32_t)',
    CryptCATAdminEnumCatalogFromHash:
      'uintptr_t __stdcall CryptCATAdminEnumCatalogFromHash(uintptr_t, void *, uint32_t, uint32_t, _Inout_ uintptr_t *)',
    CryptCATAdminReleaseCatalogContext:
      'int32_t __stdcall CryptCATAdminReleaseCatalogContext(uintptr_t, uintptr_t, uint32_t)',
    CryptCATCatalogInfoFromContext:
      'int32_t __stdcall CryptCATCatalogInfoFromContext(uintptr_t, void *, uint32_t)',
    CryptCATAdminCalcHashFromFileHandle:
      'int32_t __stdcall CryptCATAdminCalcHashFromFileHandle(uintptr_t, _Inout_ uint32_t *, void *, uint32_t)',
  }),
  ...declare('crypt32.dll', {
    CertOpenStore:
      'uintptr_t __stdcall CertOpenStore(uintptr_t, uint32_t, uintptr_t, uint32_t, str16)',
    CertCloseStore: 'int32_t __stdcall CertCloseStore(uintptr_t, uint32_t)',
    CertFindCertificateInStore:
      'uintptr_t __stdcall CertFindCertificateInStore(uintptr_t, uint32_t, uint32_t, uint32_t, uintptr_t, uintptr_t)',
    CertFreeCertificateContext: 'int32_t __stdcall CertFreeCertificateContext(uintptr_t)',
  }),
}));

/** Since Windows 8: catalogs are found by SHA-256 as well. */
const newer = once(() =>
  declare('wintrust.dll', {
    CryptCATAdminAcquireContext2:
      'int32_t __stdcall CryptCATAdminAcquireContext2(_Out_ uintptr_t *, void *, str16, void *, uint32_t)',
    CryptCATAdminCalcHashFromFileHandle2:
      'int32_t __stdcall CryptCATAdminCalcHashFromFileHandle2(uintptr_t, uintptr_t, _Inout_ uint32_t *, void *, uint32_t)',
  }),
);

export interface SignedFile {
  /** As it is open. */
  readonly file: Pointer;
  readonly path: string;
}

/** The signer's certificate (DER) and the way by which it vouches for the file. */
export interface Signature {
  readonly certificate: Uint8Array;
  readonly by: 'file' | 'catalog';
}

/**
 * Null where nobody vouches for the file: no signature, a wrong or revoked one, or one that leads to a root that this
 * machine does not trust. A root that only one account trusts does not count: any program of the user may add one.
 */
export function signatureOf(signed: SignedFile): Signature | null {
  const own = verifyFile(signed);
  if (own.certificate !== null) return { certificate: own.certificate, by: 'file' };
  // Each look at the catalogs reads the whole file: not for one whose own signature has been found wanting.
  const catalogued = own.isUnsigned ? verifyByCatalogs(signed) : null;
  return catalogued === null ? null : { certificate: catalogued, by: 'catalog' };
}

interface Verified {
  /** Of the first signer, where Windows and this machine's roots trust it. */
  readonly certificate: Uint8Array | null;
  readonly isUnsigned: boolean;
}

function verifyFile({ file, path }: SignedFile): Verified {
  return inArena((arena) => {
    const subject = arena.allocate(FILE.bytes);
    writeNumber(subject, 0, FILE.bytes);
    writePointer(subject, FILE.path, arena.text(path));
    writePointer(subject, FILE.handle, file);
    return verify(arena, ACTION_VERIFY_V2, WTD_CHOICE_FILE, subject);
  });
}

function verify(arena: Arena, action: Uint8Array, choice: number, subject: Pointer): Verified {
  const data = arena.allocate(DATA.bytes);
  const flags = WTD_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT | WTD_CACHE_ONLY_URL_RETRIEVAL;
  writeNumber(data, 0, DATA.bytes);
  writeNumber(data, DATA.ui, WTD_UI_NONE);
  writeNumber(data, DATA.revocation, WTD_REVOKE_WHOLECHAIN);
  writeNumber(data, DATA.choice, choice);
  writePointer(data, DATA.subject, subject);
  writeNumber(data, DATA.action, WTD_STATEACTION_VERIFY);
  writeNumber(data, DATA.flags, flags | WTD_DISABLE_MD2_MD4);
  try {
    const status = ask(action, data);
    const certificate = status === 0 ? signerOf(readPointer(data, DATA.state)) : null;
    return { certificate, isUnsigned: noSignature.has(status) };
  } finally {
    writeNumber(data, DATA.action, WTD_STATEACTION_CLOSE);
    api().WinVerifyTrust(NO_WINDOW, action, data);
  }
}

/**
 * What is not in the cache about revocation says nothing against a signature: then it is asked again without. What is in
 * the cache counts.
 */
function ask(action: Uint8Array, data: Pointer): number {
  const status = numberOf(api().WinVerifyTrust(NO_WINDOW, action, data)) >>> 0;
  const unknown = [
    CRYPT_E_REVOCATION_OFFLINE,
    CRYPT_E_NO_REVOCATION_CHECK,
    CERT_E_REVOCATION_FAILURE,
  ];
  if (!unknown.includes(status)) return status;
  writeNumber(data, DATA.action, WTD_STATEACTION_CLOSE);
  api().WinVerifyTrust(NO_WINDOW, action, data);
  writeNumber(data, DATA.action, WTD_STATEACTION_VERIFY);
  writeNumber(data, DATA.revocation, 0);
  writeNumber(data, DATA.flags, WTD_CACHE_ONLY_URL_RETRIEVAL | WTD_DISABLE_MD2_MD4 | 0x10);
  return numberOf(api().WinVerifyTrust(NO_WINDOW, action, data)) >>> 0;
}

function signerOf(state: Pointer): Uint8Array | null {
  const provider = pointerOf(api().WTHelperProvDataFromStateData(state));
  if (provider === 0n) return null;
  const signer = pointerOf(api().WTHelperGetProvSignerFromChain(provider, 0, 0, 0));
  if (signer === 0n) return null;
  const count = readNumber(signer, SIGNER.certificates);
  const chain = readPointer(signer, SIGNER.chain);
  if (count === 0 || chain === 0n) return null;
  const context = (index: number): Pointer =>
    readPointer(chain + BigInt(index * CERTIFICATE.bytes), CERTIFICATE.context);
  if (!isRootOfMachine(context(count - 1))) return null;
  const own = context(0);
  return read(readPointer(own, CONTEXT.encoded), 0, readNumber(own, CONTEXT.bytes));
}

function isRootOfMachine(certificate: Pointer): boolean {
  const store = pointerOf(
    api().CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, OF_THE_MACHINE, 'Root'),
  );
  if (store === 0n) return false;
  try {
    const find = [ENCODING, 0, CERT_FIND_EXISTING, certificate, 0];
    const found = pointerOf(api().CertFindCertificateInStore(store, ...find));
    if (found !== 0n) api().CertFreeCertificateContext(found);
    return found !== 0n;
  } finally {
    api().CertCloseStore(store, 0);
  }
}

/** Files of Windows itself are signed in catalogs, which are found by the file's hash. */
function verifyByCatalogs(signed: SignedFile): Uint8Array | null {
  return verifyByCatalog(signed, 'SHA256') ?? verifyByCatalog(signed, 'SHA1');
}

type HashName = 'SHA256' | 'SHA1';

function verifyByCatalog(signed: SignedFile, name: HashName): Uint8Array | null {
  const admin = acquire(name);
  if (admin === null) return null;
  try {
    const hash = hashFor(admin, signed.file, name);
    return hash === null ? null : inArena((arena) => verifyIn(arena, admin, signed, hash));
  } finally {
    api().CryptCATAdminReleaseContext(admin, 0);
  }
}

function acquire(name: HashName): Pointer | null {
  const admin = [0n];
  const done =
    name === 'SHA1'
      ? api().CryptCATAdminAcquireContext(admin, DRIVER_ACTION_VERIFY, 0)
      : callNewer((calls) =>
          calls.CryptCATAdminAcquireContext2(admin, DRIVER_ACTION_VERIFY, name, null, 0),
        );
  return numberOf(done) === 0 ? null : pointerOf(admin[0]);
}

function hashFor(admin: Pointer, file: Pointer, name: HashName): Buffer | null {
  const hash = Buffer.alloc(MAX_HASH);
  const bytes = [MAX_HASH];
  const done =
    name === 'SHA1'
      ? api().CryptCATAdminCalcHashFromFileHandle(file, bytes, hash, 0)
      : callNewer((calls) =>
          calls.CryptCATAdminCalcHashFromFileHandle2(admin, file, bytes, hash, 0),
        );
  return numberOf(done) === 0 ? null : hash.subarray(0, bytes[0]);
}

/** 0 where this Windows has no such function. */
function callNewer(call: (calls: ReturnType<typeof newer>) => unknown): unknown {
  try {
    return call(newer());
  } catch {
    return 0;
  }
}

function verifyIn(
  arena: Arena,
  admin: Pointer,
  signed: SignedFile,
  hash: Buffer,
): Uint8Array | null {
  const previous = [0n];
  for (let count = 0; count < MAX_CATALOGS; count += 1) {
    const given = [admin, hash, hash.length, 0, previous];
    const found = pointerOf(api().CryptCATAdminEnumCatalogFromHash(...given));
    // The one before was released by the call.
    if (found === 0n) return null;
    const certificate = verifyWith(arena, found, signed, hash);
    if (certificate !== null) {
      api().CryptCATAdminReleaseCatalogContext(admin, found, 0);
      return certificate;
    }
    previous[0] = found;
  }
  api().CryptCATAdminReleaseCatalogContext(admin, previous[0], 0);
  return null;
}

function verifyWith(
  arena: Arena,
  catalog: Pointer,
  { file, path }: SignedFile,
  hash: Buffer,
): Uint8Array | null {
  const information = arena.allocate(CATALOG_INFO.bytes);
  writeNumber(information, 0, CATALOG_INFO.bytes);
  if (numberOf(api().CryptCATCatalogInfoFromContext(catalog, information, 0)) === 0) return null;
  const subject = arena.allocate(CATALOG.bytes);
  const bytes = arena.allocate(hash.length);
  write(bytes, 0, hash);
  writeNumber(subject, 0, CATALOG.bytes);
  writePointer(subject, CATALOG.catalog, information + BigInt(CATALOG_INFO.path));
  writePointer(subject, CATALOG.tag, arena.text(hash.toString('hex').toUpperCase()));
  writePointer(subject, CATALOG.path, arena.text(path));
  writePointer(subject, CATALOG.handle, file);
  writePointer(subject, CATALOG.hash, bytes);
  writeNumber(subject, CATALOG.hashBytes, hash.length);
  return verify(arena, ACTION_VERIFY_V2, WTD_CHOICE_CATALOG, subject).certificate;
}

/** As it lies in memory: the first three parts are numbers, lowest byte first. */
function guid(first: string, second: string, third: string, rest: string): Uint8Array {
  const numbers = [first, second, third].map((part) => Buffer.from(part, 'hex').toReversed());
  return Buffer.concat([...numbers, Buffer.from(rest, 'hex')]);
}
