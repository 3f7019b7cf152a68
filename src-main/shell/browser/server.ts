/**
 * The browser shell's HTTP server, on 127.0.0.1 only: the built pages, the exchange of a printed token for a session,
 * and the bridge's WebSocket. Every request must name the host of a role; every file and socket needs its session.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Role } from '../../../src-preload/contract/calls.ts';
import type { PageFile, PageFiles } from '../page-files.ts';
import { securityHeaders } from '../security-headers.ts';
import { hasOriginOf, hostOf, roleOfHost } from './origins.ts';
import { type Sessions, sessionCookie } from './sessions.ts';
import type { Sockets } from './sockets.ts';

export interface ServerParts {
  readonly files: PageFiles;
  readonly sessions: Sessions;
  readonly sockets: Sockets;
}

export interface BrowserServer {
  readonly port: number;
  /** A fresh address for `role`; it works once. */
  addressOf(role: Role): string;
  close(): Promise<void>;
}

export type ListenFailure = 'in-use' | 'not-allowed';

const loopback = '127.0.0.1';
const text: Omit<PageFile, 'body'> = { type: 'text/plain; charset=utf-8' };
const needsAddress =
  'This browser has no session with Portreeve. Open the address that Portreeve printed in its terminal; it works once.\n';

/** Listens on `port` (0: any that is free). A port that can't be had is a value, not an error. */
export async function startServer(
  port: number,
  parts: ServerParts,
): Promise<BrowserServer | ListenFailure> {
  const server = createServer({
    requestTimeout: 10_000,
    maxHeaderSize: 8192,
    // An idle Portreeve wakes up once a minute at most.
    connectionsCheckingInterval: 60_000,
  });
  const failure = await listen(server, port);
  if (failure !== null) return failure;
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  server.on('request', (request, response) => answer(request, response, parts, actual));
  server.on('upgrade', (request, socket, head) =>
    upgrade({ request, socket, head }, parts, actual),
  );
  return {
    port: actual,
    addressOf: (role) => `http://${hostOf(role, actual)}/?token=${parts.sessions.issueToken(role)}`,
    close: () => closeServer(server, parts.sockets),
  };
}

function listen(server: Server, port: number): Promise<ListenFailure | null> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve('in-use');
      else if (error.code === 'EACCES') resolve('not-allowed');
      else reject(error);
    });
    server.listen(port, loopback, () => resolve(null));
  });
}

function closeServer(server: Server, sockets: Sockets): Promise<void> {
  sockets.close();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: ServerParts,
  port: number,
): void {
  const role = roleOfHost(request, port);
  const headers = securityHeaders(role === null ? "'none'" : `ws://${hostOf(role, port)}`);
  const reply = (status: number, file: PageFile, more: Record<string, string> = {}): void => {
    response.writeHead(status, { ...headers, 'content-type': file.type, ...more }).end(file.body);
  };
  const say = (status: number, line: string): void =>
    reply(status, { ...text, body: Buffer.from(line) });

  if (role === null) return say(421, 'Not a host of Portreeve.\n');
  if (request.method !== 'GET') return say(405, 'Only GET.\n');
  const url = new URL(request.url ?? '/', `http://${hostOf(role, port)}`);
  const token = url.searchParams.get('token');
  if (url.pathname === '/' && token !== null) {
    const session = parts.sessions.redeem(role, token);
    if (session === null) return say(403, needsAddress);
    return reply(
      303,
      { ...text, body: Buffer.alloc(0) },
      {
        location: '/',
        'set-cookie': sessionCookie(session),
      },
    );
  }
  if (!parts.sessions.admits(role, request.headers.cookie)) return say(403, needsAddress);
  const file = parts.files.get(url.pathname === '/' ? `/windows/${role}/index.html` : url.pathname);
  return file === undefined ? say(404, 'No such file.\n') : reply(200, file);
}

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** A socket from a foreign origin is cut without a word; one without a session is told so by its close code. */
function upgrade({ request, socket, head }: Upgrade, parts: ServerParts, port: number): void {
  const role = roleOfHost(request, port);
  if (role === null || request.url !== '/bridge' || !hasOriginOf(request, role, port)) {
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
    return;
  }
  const admitted = parts.sessions.admits(role, request.headers.cookie);
  parts.sockets.accept(request, socket, head, { role, admitted });
}
