/**
 * The browser shell: the same main code and pages as in Electron, in windows of a browser on this computer. For
 * development, tests and machines that can't have Electron's binary (ADR 0010).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { EventName, Role } from '../../../src-preload/contract/calls.ts';
import type { Router } from '../../ipc/router.ts';
import { type PageFile, readPageFiles } from '../page-files.ts';
import { type ListenFailure, startServer } from './server.ts';
import { createSessions } from './sessions.ts';
import { type ReadState, createSockets } from './sockets.ts';

export interface BrowserShellParts {
  /** Folder of the built pages and bridge, such as `build`. */
  readonly build: string;
  readonly router: Router;
  readonly readState: ReadState;
}

export interface BrowserShell {
  readonly port: number;
  addressOf(role: Role): string;
  isOpen(role: Role): boolean;
  changed(event: EventName): void;
  close(): Promise<void>;
}

const bridgeTag = '<script src="/bridge.js"></script>';

/** Serves the pages on 127.0.0.1; `port` 0 takes any that is free. Throws when the pages have not been built. */
export async function startBrowserShell(
  port: number,
  parts: BrowserShellParts,
): Promise<BrowserShell | ListenFailure> {
  const sockets = createSockets(parts.router, parts.readState);
  const sessions = createSessions();
  const server = await startServer(port, { files: readFiles(parts.build), sessions, sockets });
  if (isFailure(server)) return server;
  return {
    port: server.port,
    addressOf: (role) => server.addressOf(role),
    isOpen: (role) => sockets.isOpen(role),
    changed: (event) => sockets.changed(event),
    close: () => server.close(),
  };
}

/** Whether a shell could not listen; the value says why. */
export function isFailure(started: object | ListenFailure): started is ListenFailure {
  return typeof started === 'string';
}

/** The built pages, with the bridge that Electron's preload would be loaded before a page's own scripts. */
function readFiles(build: string): Map<string, PageFile> {
  const files = readPageFiles(path.join(build, 'renderer'));
  for (const [name, file] of files) {
    if (name.endsWith('.html')) files.set(name, withBridge(file));
  }
  const body = readFileSync(path.join(build, 'preload', 'browser.js'));
  return files.set('/bridge.js', { type: 'text/javascript; charset=utf-8', body });
}

function withBridge(page: PageFile): PageFile {
  const html = page.body.toString().replace(/<head>/, `<head>${bridgeTag}`);
  return { ...page, body: Buffer.from(html) };
}
