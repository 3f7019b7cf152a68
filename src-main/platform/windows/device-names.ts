/**
 * What `C:` and `PIPE` mean to a process. Windows looks such a name up among those of the sign-in that its token is of before it
 * looks among everybody's, and every program of that sign-in may add names there ("Local and Global MS-DOS Device Names",
 * Microsoft Learn). An agent is of its user's sign-in: with another `C:` its libraries would be that user's. So the service puts
 * everybody's meaning of these names there itself, where only SYSTEM may change it, before it starts an agent.
 */
import { withAttributes } from './access.ts';
import {
  type Arena,
  type Pointer,
  declare,
  inArena,
  numberOf,
  once,
  pointerOf,
  read,
  readPointer,
  write,
  writeNumber,
  writePointer,
} from './ffi.ts';

/** Everybody's names, also where somebody's own come first. */
const everybodys = String.raw`\??\Global`;
/** DIRECTORY_QUERY | DIRECTORY_TRAVERSE | DIRECTORY_CREATE_OBJECT. */
const FOLDER_ACCESS = 1 | 2 | 4;
const SYMBOLIC_LINK_QUERY = 1;
const SYMBOLIC_LINK_ALL = 0xf_0001;
const OBJ_CASE_INSENSITIVE = 0x40;
const SUCCESS = 0;
/** "OBJECT_ATTRIBUTES", "UNICODE_STRING" (Microsoft Learn), of 64-bit Windows. */
const OBJECT = { bytes: 48, root: 8, name: 16, attributes: 24, descriptor: 32 };
const TEXT = { bytes: 16, capacity: 2, units: 8 };
const ATTRIBUTES_DESCRIPTOR = 8;
const MAX_TARGET_BYTES = 2048;
/** SYSTEM alone may change or take away; everybody may follow. */
const security = 'D:P(A;;GA;;;SY)(A;;0x20001;;;WD)';

const api = once(() =>
  declare('ntdll.dll', {
    NtOpenDirectoryObject:
      'int32_t __stdcall NtOpenDirectoryObject(_Out_ uintptr_t *, uint32_t, void *)',
    NtOpenSymbolicLinkObject:
      'int32_t __stdcall NtOpenSymbolicLinkObject(_Out_ uintptr_t *, uint32_t, void *)',
    NtQuerySymbolicLinkObject:
      'int32_t __stdcall NtQuerySymbolicLinkObject(uintptr_t, void *, void *)',
    NtCreateSymbolicLinkObject:
      'int32_t __stdcall NtCreateSymbolicLinkObject(_Out_ uintptr_t *, uint32_t, void *, void *)',
    NtClose: 'int32_t __stdcall NtClose(uintptr_t)',
  }),
);

/** Where the names of a sign-in are; by its LUID, as TOKEN_STATISTICS has it. */
export function namesFolder({
  high,
  low,
}: {
  readonly high: number;
  readonly low: number;
}): string {
  const digits = (part: number): string => part.toString(16).padStart(8, '0');
  return `\\Sessions\\0\\DosDevices\\${digits(high)}-${digits(low)}`;
}

/** Names that are everybody's for as long as their handles are open: while this process runs. */
const pinned = new Map<string, Pointer>();

/**
 * Gives these names everybody's meaning in this folder. False where one of them has a meaning there that is not ours, or could not
 * be given: then nothing may be started that relies on it.
 */
export function pinNames(folder: string, names: readonly string[]): boolean {
  return withObject('NtOpenDirectoryObject', { name: folder, access: FOLDER_ACCESS }, (handle) =>
    names.every((name) => pinned.has(`${folder}\\${name}`) || pin(handle, folder, name)),
  );
}

function pin(handle: Pointer, folder: string, name: string): boolean {
  const target = targetOf(name);
  if (target === null) return false;
  const link = createLink(handle, name, target);
  if (link !== null) pinned.set(`${folder}\\${name}`, link);
  return link !== null;
}

/** Everybody's meaning of a name. */
export function targetOf(name: string, folder = everybodys): string | null {
  const wanted = { name: `${folder}\\${name}`, access: SYMBOLIC_LINK_QUERY };
  let target: string | null = null;
  withObject('NtOpenSymbolicLinkObject', wanted, (link) => {
    target = readTarget(link);
    return true;
  });
  return target;
}

function readTarget(link: Pointer): string | null {
  return inArena((arena) => {
    const text = arena.allocate(TEXT.bytes);
    const units = arena.allocate(MAX_TARGET_BYTES);
    writeNumber(text, 0, MAX_TARGET_BYTES << 16);
    writePointer(text, TEXT.units, units);
    if (numberOf(api().NtQuerySymbolicLinkObject(link, text, null)) !== SUCCESS) return null;
    const bytes = read(text, 0, TEXT.capacity).readUInt16LE();
    return read(units, 0, bytes).toString('utf16le');
  });
}

/** Fails where there is such a name already. */
function createLink(root: Pointer, name: string, target: string): Pointer | null {
  return withAttributes(security, (attributes) =>
    inArena((arena) => {
      const descriptor = readPointer(attributes, ATTRIBUTES_DESCRIPTOR);
      const object = objectAttributes(arena, { name, root, descriptor });
      const link = [0n];
      const text = unicodeString(arena, target);
      const made = api().NtCreateSymbolicLinkObject(link, SYMBOLIC_LINK_ALL, object, text);
      return numberOf(made) === SUCCESS ? pointerOf(link[0]) : null;
    }),
  );
}

interface Named {
  readonly name: string;
  readonly root?: Pointer;
  readonly descriptor?: Pointer;
}

/** False where it can't be opened. */
function withObject(
  open: 'NtOpenDirectoryObject' | 'NtOpenSymbolicLinkObject',
  { name, access }: { readonly name: string; readonly access: number },
  work: (handle: Pointer) => boolean,
): boolean {
  const handle = [0n];
  const opened = inArena((arena) => api()[open](handle, access, objectAttributes(arena, { name })));
  if (numberOf(opened) !== SUCCESS) return false;
  try {
    return work(pointerOf(handle[0]));
  } finally {
    api().NtClose(pointerOf(handle[0]));
  }
}

function objectAttributes(arena: Arena, { name, root = 0n, descriptor = 0n }: Named): Pointer {
  const object = arena.allocate(OBJECT.bytes);
  writeNumber(object, 0, OBJECT.bytes);
  writePointer(object, OBJECT.root, root);
  writePointer(object, OBJECT.name, unicodeString(arena, name));
  writeNumber(object, OBJECT.attributes, OBJ_CASE_INSENSITIVE);
  writePointer(object, OBJECT.descriptor, descriptor);
  return object;
}

function unicodeString(arena: Arena, value: string): Pointer {
  const bytes = Buffer.from(value, 'utf16le');
  const units = arena.allocate(bytes.length);
  write(units, 0, bytes);
  const text = arena.allocate(TEXT.bytes);
  writeNumber(text, 0, (bytes.length << 16) | bytes.length);
  writePointer(text, TEXT.units, units);
  return text;
}
