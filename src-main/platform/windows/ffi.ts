/**
 * What the modules beside this one need to call Windows: functions of a DLL by their C declaration, and memory that holds
 * structures with pointers. Layouts are those of 64-bit Windows, x64 and ARM64 alike.
 */
import { createRequire } from 'node:module';

import type Koffi from 'koffi';

/** An address in this process; 0n is none. Handles of Windows are of the same size. */
export type Pointer = bigint;
export type Call = (...values: readonly unknown[]) => unknown;

let loaded: typeof Koffi | null = null;

/** Loads the native module at first use. */
export function koffi(): typeof Koffi {
  loaded ??= createRequire(import.meta.url)('koffi') as typeof Koffi;
  return loaded;
}

/** The functions of a DLL, by their C declarations. Throws where the DLL or a function is missing. */
export function declare<Name extends string>(
  dll: string,
  declarations: Readonly<Record<Name, string>>,
): Record<Name, Call> {
  const library = koffi().load(dll);
  const entries = Object.entries<string>(declarations).map(([name, text]) => [
    name,
    library.func(text) as Call,
  ]);
  return Object.fromEntries(entries) as Record<Name, Call>;
}

/** Calls `make` once, when it is first needed. */
export function once<T extends object>(make: () => T): () => T {
  let made: T | null = null;
  return () => (made ??= make());
}

export function numberOf(value: unknown): number {
  return Number(value);
}

export function pointerOf(value: unknown): Pointer {
  return typeof value === 'bigint' ? value : BigInt(Number(value));
}

/** Memory that is given back together. */
export class Arena {
  readonly #blocks: Pointer[] = [];

  /** Zeroed. */
  allocate(bytes: number): Pointer {
    const block = koffi().alloc('uint8_t', Math.max(bytes, 1)) as Pointer;
    this.#blocks.push(block);
    write(block, 0, new Uint8Array(Math.max(bytes, 1)));
    return block;
  }

  /** Zero-ended UTF-16. */
  text(text: string): Pointer {
    const bytes = Buffer.from(`${text}\0`, 'utf16le');
    const block = this.allocate(bytes.length);
    write(block, 0, bytes);
    return block;
  }

  free(): void {
    for (const block of this.#blocks.splice(0)) koffi().free(block);
  }
}

/** Frees the memory whatever happens. */
export function inArena<T>(work: (arena: Arena) => T): T {
  const arena = new Arena();
  try {
    return work(arena);
  } finally {
    arena.free();
  }
}

export function write(memory: Pointer, at: number, bytes: Uint8Array): void {
  koffi().encode(memory + BigInt(at), 'uint8_t', bytes, bytes.length);
}

export function writeNumber(memory: Pointer, at: number, value: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  write(memory, at, bytes);
}

export function writePointer(memory: Pointer, at: number, value: Pointer): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  write(memory, at, bytes);
}

/** A copy. */
export function read(memory: Pointer, at: number, bytes: number): Buffer {
  if (bytes === 0) return Buffer.alloc(0);
  const copy = koffi().decode(memory + BigInt(at), 'uint8_t', bytes) as Uint8Array;
  return Buffer.from(copy);
}

export function readNumber(memory: Pointer, at: number): number {
  return read(memory, at, 4).readUInt32LE();
}

export function readPointer(memory: Pointer, at: number): Pointer {
  return read(memory, at, 8).readBigUInt64LE();
}

/** Zero-ended UTF-16; lone surrogates are kept. Empty for no text. */
export function readText(memory: Pointer): string {
  return memory === 0n ? '' : (koffi().decode(memory, 'char16_t', -1) as string);
}
