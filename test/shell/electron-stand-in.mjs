// Stands in for Electron where its program can't run: records what main asks of it, in order, and lets a test act as a
// page. Only for electron-bundle.test.ts, which starts the real bundle with this module in Electron's place.
import { EventEmitter } from 'node:events';

const log = [];
const note = (what, ...details) => log.push([what, ...details]);
const handlers = new Map();
let nextId = 1;

class WebContents extends EventEmitter {
  id = nextId++;
  sent = [];
  setWindowOpenHandler = (decide) => note('window-open', decide({ url: 'https://x' }).action);
  isDestroyed = () => false;
  send = (channel, payload) => this.sent.push([channel, payload]);
}

export class BrowserWindow extends EventEmitter {
  static all = [];
  constructor(options) {
    super();
    this.options = options;
    this.webContents = new WebContents();
    this.shown = false;
    BrowserWindow.all.push(this);
    note('window', options.webPreferences);
    app.emit('web-contents-created', {}, this.webContents);
  }
  setAlwaysOnTop() {}
  setMenu() {}
  setBounds(bounds) {
    this.bounds = bounds;
  }
  loadURL(url) {
    note('load', url);
    return Promise.resolve();
  }
  show() {
    this.shown = true;
  }
  showInactive() {
    this.shown = true;
  }
  hide() {
    this.shown = false;
  }
  isVisible() {
    return this.shown;
  }
}

class App extends EventEmitter {
  isPackaged = false;
  getAppPath = () => process.env.APP_PATH;
  getVersion = () => '0.1.0';
  setPath = (name) => note('path', name);
  requestSingleInstanceLock = () => true;
  enableSandbox = () => note('sandbox');
  whenReady = () => Promise.resolve(note('ready'));
  exit = (code) => process.exit(code);
  quit = () => this.emit('will-quit', { preventDefault() {} });
}

export const app = new App();
export const dialog = { showErrorBox: (_title, text) => note('error', text) };
export const ipcMain = { handle: (channel, handler) => handlers.set(channel, handler) };
export const protocol = {
  registerSchemesAsPrivileged: (schemes) => note('scheme', schemes),
  handle: (scheme, answer) => {
    note('handle', scheme);
    protocol.answer = answer;
  },
};
export const screen = {
  getCursorScreenPoint: () => ({ x: 0, y: 0 }),
  getDisplayNearestPoint: () => ({ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }),
};
const defaultSession = Object.assign(new EventEmitter(), {
  setPermissionRequestHandler: (decide) => decide(null, 'media', (yes) => note('permission', yes)),
  setPermissionCheckHandler: (decide) => note('permission-check', decide()),
  setDevicePermissionHandler: (decide) => note('device', decide()),
  setDisplayMediaRequestHandler: () => note('display-media'),
  setSpellCheckerEnabled: (on) => note('spell', on),
  webRequest: {
    onBeforeRequest: (decide) =>
      decide({ url: 'https://evil.example/' }, ({ cancel }) => note('request', cancel)),
  },
});
export const session = { defaultSession };

/** Calls as the main frame of a window would, or as `frame` says. */
async function invoke(window, name, input, frame) {
  const mainFrame = {
    origin: `app://${window.options.webPreferences.preload.includes('prompt') ? 'prompt' : 'manager'}`,
  };
  const sender = { id: window.webContents.id, mainFrame };
  const senderFrame = frame === undefined ? mainFrame : frame;
  return handlers.get(`portreeve:call:${name}`)({ sender, senderFrame }, input);
}

process.on('message', async ({ windows, calls }) => {
  void windows;
  const [prompt, manager] = BrowserWindow.all;
  const results = {};
  for (const { as, name, input, frame } of calls) {
    results[`${as} ${name}`] = await invoke(as === 'prompt' ? prompt : manager, name, input, frame);
  }
  const page = await protocol.answer({ method: 'GET', url: 'app://prompt/' });
  process.send({
    log,
    results,
    page: { status: page.status, csp: page.headers.get('content-security-policy') },
    bounds: prompt.bounds,
  });
});
