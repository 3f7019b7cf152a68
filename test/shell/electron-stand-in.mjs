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
  reload = () => note('reload', this.id);
  forcefullyCrashRenderer = () => note('crash', this.id);
  closeDevTools = () => note('devtools closed');
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
    note('shown', this.webContents.id);
    this.shown = true;
  }
  showInactive() {
    this.shown = true;
  }
  hide() {
    this.shown = false;
  }
  isDestroyed() {
    return false;
  }
  isVisible() {
    return this.shown;
  }
}

class App extends EventEmitter {
  isPackaged = process.env.PACKAGED === '1';
  getPreferredSystemLanguages = () => ['en-US'];
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
if (app.isPackaged) process.argv.splice(1, 1);
export class Tray extends EventEmitter {
  constructor(image) {
    super();
    note('tray', image);
    Tray.one = this;
  }
  setImage = (image) => note('tray', image);
  setToolTip = (text) => note('tooltip', text);
  popUpContextMenu = (menu) => note('menu', menu);
  destroy() {}
}
export const Menu = {
  buildFromTemplate: (lines) => lines.map(({ label, enabled }) => ({ label, enabled })),
};
export const nativeTheme = Object.assign(new EventEmitter(), {
  shouldUseDarkColorsForSystemIntegratedUI: true,
});
export const powerMonitor = new EventEmitter();
export class Notification extends EventEmitter {
  static isSupported = () => true;
  show = () => note('toast');
}
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
const requests = [
  'app://prompt/',
  'app://manager/assets/a.js',
  'app://other/',
  'https://evil.example/',
  'http://127.0.0.1/',
  'file:///etc/passwd',
  'ws://prompt/',
  'data:text/html,x',
];
const defaultSession = Object.assign(new EventEmitter(), {
  setPermissionRequestHandler: (decide) => decide(null, 'media', (yes) => note('permission', yes)),
  setPermissionCheckHandler: (decide) => note('permission-check', decide()),
  setDevicePermissionHandler: (decide) => note('device', decide()),
  setDisplayMediaRequestHandler: (decide) => decide(null, (given) => note('display-media', given)),
  setBluetoothPairingHandler: (decide) => decide(null, (given) => note('pairing', given)),
  setSpellCheckerEnabled: (on) => note('spell', on),
  webRequest: {
    onBeforeRequest: (decide) => {
      for (const url of requests) decide({ url }, ({ cancel }) => note('request', url, cancel));
    },
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

/** Whether an emitter's listeners prevent this event, and what they answer to its last argument, a function. */
function probe(emitter, event, ...between) {
  let prevented = false;
  const answers = [];
  emitter.emit(event, { preventDefault: () => (prevented = true) }, ...between, (...given) =>
    answers.push(given),
  );
  return { event, prevented, answers };
}

function probeAll(contents) {
  const pages = ['will-navigate', 'will-redirect', 'will-frame-navigate', 'will-attach-webview'];
  return [
    ...pages.map((event) => probe(contents, event)),
    probe(contents, 'select-bluetooth-device', []),
    probe(app, 'login', contents, {}, {}),
    probe(app, 'select-client-certificate', contents, 'https://x', []),
    probe(app, 'certificate-error', contents, 'https://x', 'e', {}),
    probe(defaultSession, 'will-download', {}, contents),
    probe(defaultSession, 'select-hid-device', {}),
    probe(defaultSession, 'select-usb-device', {}),
    probe(defaultSession, 'select-serial-port', [], contents),
  ];
}

process.on('message', async ({ calls }) => {
  // The shell opens its windows once the engine runs.
  while (BrowserWindow.all.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  const [prompt, manager] = BrowserWindow.all;
  const results = {};
  for (const { as, name, input, frame } of calls) {
    results[`${as} ${name}`] = await invoke(as === 'prompt' ? prompt : manager, name, input, frame);
  }
  const page = await protocol.answer({ method: 'GET', url: 'app://prompt/' });
  manager.emit('ready-to-show');
  const before = log.length;
  app.emit('second-instance', {}, ['x', '--remote-debugging-port=1', '--lab', '/evil'], '/evil');
  const secondInstance = log.slice(before);
  Tray.one.emit('right-click');
  prompt.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
  manager.emit('unresponsive');
  await new Promise((resolve) => setTimeout(resolve, 200));
  process.send({
    log,
    results,
    secondInstance,
    probes: probeAll(prompt.webContents),
    preferences: BrowserWindow.all.map(({ options }) => options),
    page: { status: page.status, csp: page.headers.get('content-security-policy') },
    bounds: prompt.bounds,
    promptId: prompt.webContents.id,
  });
});
