/** Who signs a file, by its own signature: of what may be started as an update of Portreeve. */
import { X509Certificate } from 'node:crypto';
import type { Pointer } from './ffi.ts';
import { withFile } from './files.ts';
import { signatureOf } from './wintrust.ts';

/**
 * The whole subject of the certificate, an attribute a line; null where nobody whom this computer's administrators trust
 * vouches for the file, or where it could not be looked at. A catalog counts for nothing: anybody's could be installed.
 */
export function publisherOf(path: string): string | null {
  const look = (file: Pointer): string | null => {
    const signature = signatureOf({ file, path });
    return signature?.by === 'file' ? new X509Certificate(signature.certificate).subject : null;
  };
  return withFile(path, look);
}
