/**
 * The bridge of the browser shell, loaded before the page's own script. The role is the first label of the host name
 * (`prompt.localhost`, `manager.localhost`): each role is an origin of its own, and main checks that again.
 */
import { createBridge } from './bridge.ts';
import type { Role } from './contract/calls.ts';
import { SocketTransport, type Socket } from './socket-transport.ts';

const role: Role = location.hostname.startsWith('manager.') ? 'manager' : 'prompt';
const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';

const open = (): Socket => new WebSocket(`${scheme}//${location.host}/bridge`) as unknown as Socket;

Object.defineProperty(window, 'portreeve', {
  value: createBridge(role, new SocketTransport(role, open)),
  writable: false,
  configurable: false,
  enumerable: true,
});
