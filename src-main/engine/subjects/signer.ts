/**
 * A signed program as a subject: who signed it, and the product and file name that its signed version resource gives. None
 * of it changes with an update; the certificate, the path and the file do.
 */
import type { Subject } from '../ports.ts';

export interface SignedNames {
  /** The organisation of the certificate, and its country. */
  readonly signer: { readonly name: string; readonly country: string };
  /** Empty where the version resource has none. */
  readonly product: string;
  readonly originalName: string;
}

/**
 * Null for a program that does not name itself: then its signer alone would make one of all that this signer has made.
 * `file` is the subject of its path.
 */
export function signerSubject(
  { signer, product, originalName }: SignedNames,
  file: Subject,
): Subject | null {
  if (product === '' || originalName === '') return null;
  const parts = [signer.name, signer.country, product, originalName.toLowerCase()];
  return { ...file, kind: 'signer', key: JSON.stringify(parts) };
}

/** Who signed it; empty for a key that says nobody. */
export function signerOf({ key }: Subject): string {
  try {
    const [name] = JSON.parse(key) as unknown[];
    return typeof name === 'string' ? name : '';
  } catch {
    return '';
  }
}
