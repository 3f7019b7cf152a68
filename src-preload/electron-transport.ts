/** Electron's IPC as a transport. Only names from the contract become channels. */
import { ipcRenderer } from 'electron';
import { callChannel, eventChannel } from './contract/calls.ts';
import type { Transport } from './bridge.ts';

export const electronTransport: Transport = {
  invoke: (name, input) => ipcRenderer.invoke(callChannel(name), input),
  subscribe(name, listener) {
    const channel = eventChannel(name);
    const receive = (_event: unknown, payload: unknown): void => {
      listener(payload);
    };
    ipcRenderer.on(channel, receive);
    return () => {
      ipcRenderer.off(channel, receive);
    };
  },
};
