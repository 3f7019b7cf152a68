/** Servers that the tested programs connect to. They run in the test itself, which is not behind the door. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';

export interface TestServer {
  readonly port: number;
  /** What came, in order: requests by path, datagrams by text, connections as ''. */
  readonly received: string[];
  close(): void;
}

const anyPort = 0;

/** Answers every request with `hello`. */
export function startWeb(host: string): Promise<TestServer> {
  const received: string[] = [];
  const server = createServer((request, response) => {
    received.push(request.url ?? '');
    response.setHeader('connection', 'close');
    response.end('hello');
  });
  return new Promise((resolve) => {
    server.listen(anyPort, host, () => {
      const { port } = server.address() as AddressInfo;
      resolve({ port, received, close: () => void server.close() });
    });
  });
}

/** Accepts connections and closes them. On every address of this computer. */
export function startTcp(): Promise<TestServer> {
  const received: string[] = [];
  const server = createTcpServer((socket) => {
    received.push('');
    socket.on('error', () => {});
    socket.destroy();
  });
  return new Promise((resolve) => {
    server.listen({ port: anyPort, host: '0.0.0.0', backlog: 511 }, () => {
      const { port } = server.address() as AddressInfo;
      resolve({ port, received, close: () => void server.close() });
    });
  });
}

/** Keeps every datagram. */
export function startUdp(host: string): Promise<TestServer> {
  const received: string[] = [];
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (message) => received.push(message.toString()));
  return new Promise((resolve) => {
    socket.bind(anyPort, host, () => {
      resolve({ port: socket.address().port, received, close: () => void socket.close() });
    });
  });
}
