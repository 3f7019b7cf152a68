/** Preload of the prompt window: exposes the prompt's calls and events, and nothing else. */
import { contextBridge } from 'electron';
import { createBridge } from './bridge.ts';
import { electronTransport } from './electron-transport.ts';

contextBridge.exposeInMainWorld('portreeve', createBridge('prompt', electronTransport));
