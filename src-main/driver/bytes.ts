/**
 * What the generated codec stands on: results of decoding and checked access to bytes. Nothing here throws because of
 * what came over the wire; writing a number that does not fit its field is a bug of ours and does throw.
 */

export type Decoded<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

export function malformed(error: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error };
}

/** A view of exactly these bytes, also where they are a part of a larger buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy, so that what is kept does not keep a whole batch alive. The caller has checked the range. */
export function copyBytes(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length).slice();
}

export function isZero(view: DataView, at: number, length: number): boolean {
  for (let index = at; index < at + length; index += 1) {
    if (view.getUint8(index) !== 0) return false;
  }
  return true;
}

/** Whether a message that starts at `at`, says that it is `size` bytes long and must have `least`, lies in the view. */
export function fits(view: DataView, at: number, size: number, least: number): boolean {
  return size >= least && size <= view.byteLength - at;
}

/** Whether a variable part lies in its message, behind the fixed part. */
export function partFits(offset: number, bytes: number, fixed: number, size: number): boolean {
  return bytes === 0 || (offset >= fixed && offset <= size && bytes <= size - offset);
}

export function putBytes(view: DataView, at: number, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length)
    throw new RangeError(`${bytes.length} bytes for a field of ${length}`);
  new Uint8Array(view.buffer, view.byteOffset + at, length).set(bytes);
}

/** The number itself, when it is an integer from 0 to `most`. */
export function within(value: number, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new RangeError(`${value} is not an integer from 0 to ${most}`);
}

const MAX_U64 = 0xffff_ffff_ffff_ffffn;

export function within64(value: bigint): bigint {
  if (value >= 0n && value <= MAX_U64) return value;
  throw new RangeError(`${value} does not fit 64 bits`);
}
