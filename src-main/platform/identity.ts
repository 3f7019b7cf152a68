/** Who is asking, on the system that this runs on. */
import type { IdentityPort } from '../engine/ports.ts';
import { linuxIdentity } from './identity-linux.ts';
import { windowsIdentity } from './identity-windows.ts';

export function createIdentity(): IdentityPort {
  return process.platform === 'win32' ? windowsIdentity() : linuxIdentity();
}
