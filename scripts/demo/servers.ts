/** The servers of the demo: real ones, each on an address of its own in 127.0.0.0/8 and on a port that was free. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Server {
  /** IPv4 address in text. */
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

const anyPort = 0;

/** Answers every request with `body`. */
export function startWebServer(host: string, body: string): Promise<Server> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.end(`${body}\n`);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(anyPort, host, () => {
      resolve({ host, port: (server.address() as AddressInfo).port, close });
    });
  });
}

/** Answers every datagram with the time of day. */
export function startTimeServer(host: string): Promise<Server> {
  const socket = createSocket('udp4');
  const close = (): Promise<void> => new Promise((resolve) => socket.close(() => resolve()));
  socket.on('message', (_message, from) => {
    socket.send(new Date().toTimeString().slice(0, 8), from.port, from.address);
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(anyPort, host, () => resolve({ host, port: socket.address().port, close }));
  });
}
