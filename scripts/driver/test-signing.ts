/**
 * Signs an image for computers in test mode, with a certificate that nobody trusts: it is made when it is missing, for this
 * clone alone, and lies with its key below build/. docs/signing.md says what a release needs.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

import { findProgram, root } from '../process.ts';
import { type Failure, inOrder, step } from './step.ts';

const folder = path.join(root, 'build/test-signing');
const key = path.join(folder, 'key.pem');
export const certificate = path.join(folder, 'portreeve-test.pem');
const days = '365';
const pageHashes = ['-ph', '-n', 'Portreeve connection filter (test)'];

/** What is missing for signing, or null. */
export function signingComplaint(): string | null {
  const missing = ['openssl', 'osslsigncode'].find((name) => findProgram(name) === null);
  return missing === undefined
    ? null
    : `${missing} was not found: install it (Debian: apt-get install ${missing}), then try again.`;
}

/** Signs the image in place, with a hash of every page; null when it has worked and the signature verifies. */
export function signForTest(image: string): Promise<Failure | null> {
  return inOrder([
    makeCertificate,
    () => signFile(image, pageHashes),
    () => verifySignature(image),
  ]);
}

function makeCertificate(): Promise<Failure | null> {
  if (existsSync(certificate) && existsSync(key)) return Promise.resolve(null);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return step('No certificate could be made.', 'openssl', [
    ...['req', '-x509', '-newkey', 'rsa:3072', '-sha256', '-nodes', '-days', days],
    ...['-subj', '/CN=Portreeve test signing (do not trust)'],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-addext', 'keyUsage=critical,digitalSignature'],
    ...['-addext', 'extendedKeyUsage=critical,codeSigning'],
    ...['-keyout', key, '-out', certificate],
  ]);
}

async function signFile(file: string, options: readonly string[]): Promise<Failure | null> {
  const signed = `${file}.signed`;
  rmSync(signed, { force: true });
  const failure = await step(`${file} could not be signed.`, 'osslsigncode', [
    ...['sign', '-h', 'sha256', ...options],
    ...['-certs', certificate, '-key', key, '-in', file, '-out', signed],
  ]);
  if (failure === null) renameSync(signed, file);
  return failure;
}

/** Null when the image is what was signed with the test certificate. */
export function verifySignature(image: string): Promise<Failure | null> {
  const args = ['verify', '-CAfile', certificate, '-in', image];
  return step(`${image} does not verify.`, 'osslsigncode', args);
}

/** Signs a catalog in place; null when it has worked and what it names is as it was. */
export async function signCatalog(catalog: string, image: string): Promise<Failure | null> {
  const failure = await inOrder([makeCertificate, () => signFile(catalog, [])]);
  return failure ?? verifyByCatalog(catalog, image);
}

/** Null when the image is what the catalog names, whatever signature it has itself. */
export function verifyByCatalog(catalog: string, image: string): Promise<Failure | null> {
  const args = ['verify', '-catalog', catalog, '-CAfile', certificate, '-in', image];
  return step(`${image} is not what ${catalog} names.`, 'osslsigncode', args);
}

/** Writes the image without its signature. */
export function stripSignature(image: string, output: string): Promise<Failure | null> {
  const args = ['remove-signature', '-in', image, '-out', output];
  return step(`The signature of ${image} can't be removed.`, 'osslsigncode', args);
}
