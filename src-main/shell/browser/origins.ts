/** Each role has an origin of its own, so that a page of one role can reach nothing of the other's. */
import type { IncomingMessage } from 'node:http';
import type { Role } from '../../../src-preload/contract/calls.ts';

export const roles: readonly Role[] = ['prompt', 'manager'];

/** Host name and port of a role's pages; browsers resolve every name under `localhost` to this computer. */
export function hostOf(role: Role, port: number): string {
  return `${role}.localhost:${port}`;
}

/** The role whose host a request names; null for every other Host header (another name for 127.0.0.1 is no host of ours). */
export function roleOfHost(request: IncomingMessage, port: number): Role | null {
  return roles.find((role) => request.headers.host === hostOf(role, port)) ?? null;
}

/** Whether the Origin header is exactly the role's own origin. */
export function hasOriginOf(request: IncomingMessage, role: Role, port: number): boolean {
  return request.headers.origin === `http://${hostOf(role, port)}`;
}
