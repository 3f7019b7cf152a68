/**
 * Stands in for Electron where its program can't run: records what main asks of it, in order, and lets a test act as a
 * page. Only for electron-bundle.test.ts, which starts the real bundle with this module in Electron's place. What it has is
 * held against electron.d.ts at its end (electron-types.ts).
 */
import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
// oxlint-disable-next-line import/no-self-import -- only so can a module check the list of what it exports
import type * as standIn from './electron-stand-in.ts';
import { type Right, type Wrong, type WrongClass, emitAs } from './electron-types.ts';

const log: [string, ...unknown[]][] = [];
const note = (what: string, ...details: unknown[]): void => void log.push([what, ...details]);
type Handler = Parameters<Electron.IpcMain['handle']>[1];
const handlers = new Map<string, Handler>();
let nextId = 1;

type WindowOpenHandler = Parameters<Electron.WebContents['setWindowOpenHandler']>[0];
const opened = { url: 'https://x' } as Electron.HandlerDetails;

class WebContents extends EventEmitter {
  id = nextId++;
  setWindowOpenHandler = (decide: WindowOpenHandler): void =>
    note('window-open', decide(opened).action);
  isDestroyed = (): boolean => false;
  send = (channel: string): void => note('send', channel);
  reload = (): void => note('reload', this.id);
  forcefullyCrashRenderer = (): void => note('crash', this.id);
  closeDevTools = (): void => note('devtools closed');
}

const windows: BrowserWindow[] = [];

export class BrowserWindow extends EventEmitter {
  webContents = new WebContents();
  options: Electron.BrowserWindowConstructorOptions;
  bounds: unknown;
  #shown = false;
  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super();
    this.options = options;
    windows.push(this);
    note('window', options.webPreferences);
    const contents: object = this.webContents;
    emitAs<Electron.App>()(app, 'web-contents-created', event(), contents);
  }
  setAlwaysOnTop = (on: boolean): void => note('on top', on);
  setMenu = (menu: Electron.Menu | null): void => note('window menu', menu);
  setBounds = (bounds: Partial<Electron.Rectangle>): void => {
    this.bounds = bounds;
  };
  loadURL = (url: string): Promise<void> => Promise.resolve(note('load', url));
  show = (): void => {
    note('shown', this.webContents.id);
    this.#shown = true;
  };
  showInactive = (): void => {
    this.#shown = true;
  };
  hide = (): void => {
    this.#shown = false;
  };
  isDestroyed = (): boolean => false;
  isVisible = (): boolean => this.#shown;
}

class App extends EventEmitter {
  isPackaged = process.env['PACKAGED'] === '1';
  getPreferredSystemLanguages = (): string[] => ['en-US'];
  getAppPath = (): string => process.env['APP_PATH'] ?? '';
  getVersion = (): string => '0.1.0';
  setPath = (name: string, folder: string): void => note('path', name, folder);
  requestSingleInstanceLock = (): boolean => true;
  disableHardwareAcceleration = (): void => note('no graphics');
  relaunch = (): void => void process.send?.({ relaunched: true });
  enableSandbox = (): void => note('sandbox');
  whenReady = (): Promise<void> => Promise.resolve(note('ready'));
  exit = (code?: number): void => process.exit(code);
  quit = (): void => emitAs<Electron.App>()(this, 'will-quit', event());
}

export const app = new App();
if (app.isPackaged) process.argv.splice(1, 1);

const trays: Tray[] = [];
export class Tray extends EventEmitter {
  constructor(image: string | Electron.NativeImage) {
    super();
    note('tray', image);
    trays.push(this);
  }
  setImage = (image: string | Electron.NativeImage): void => note('tray', image);
  setToolTip = (text: string): void => note('tooltip', text);
  popUpContextMenu = (menu?: Electron.Menu): void => note('menu', menu);
  destroy = (): void => note('tray gone');
}

type Lines = Parameters<typeof Electron.Menu.buildFromTemplate>[0];
export const Menu = {
  buildFromTemplate: (lines: Lines): Electron.Menu =>
    lines.map(({ label, enabled }) => ({ label, enabled })) as never,
};

const asSystem = (): Electron.NativeTheme['themeSource'] => 'system';
export const nativeTheme = Object.assign(new EventEmitter(), {
  shouldUseDarkColorsForSystemIntegratedUI: true,
  themeSource: asSystem(),
});
export const powerMonitor = new EventEmitter();
export class Notification extends EventEmitter {
  static isSupported = (): boolean => true;
  constructor(options?: Electron.NotificationConstructorOptions) {
    super();
    note('toast made', options?.title);
  }
  show = (): void => note('toast');
}
export const dialog = {
  showErrorBox: (_title: string, text: string): void => note('error', text),
};
export const ipcMain = {
  handle: (channel: string, handler: Handler): void => void handlers.set(channel, handler),
};

type Answer = Parameters<Electron.Protocol['handle']>[1];
let answerPage: Answer | null = null;
export const protocol = {
  registerSchemesAsPrivileged: (schemes: Electron.CustomScheme[]): void => note('scheme', schemes),
  handle: (scheme: string, answer: Answer): void => {
    note('handle', scheme);
    answerPage = answer;
  },
};
export const screen = {
  getCursorScreenPoint: (): Electron.Point => ({ x: 0, y: 0 }),
  getDisplayNearestPoint: (_point: Electron.Point) => ({
    workArea: { x: 0, y: 0, width: 1920, height: 1040 },
  }),
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
type HandlerOf<Name extends keyof Session> = Session[Name] extends (
  handler: infer Handler,
  ...more: never[]
) => unknown
  ? Handler
  : never;
type Session = Electron.Session;
const nobody = null as never;
const defaultSession = Object.assign(new EventEmitter(), {
  setPermissionRequestHandler: (decide: HandlerOf<'setPermissionRequestHandler'>): void =>
    decide?.(nobody, 'media', (yes) => note('permission', yes), nobody),
  setPermissionCheckHandler: (decide: HandlerOf<'setPermissionCheckHandler'>): void =>
    note('permission-check', decide?.(nobody, 'media', 'https://x', nobody)),
  setDevicePermissionHandler: (decide: HandlerOf<'setDevicePermissionHandler'>): void =>
    note('device', decide?.(nobody)),
  setDisplayMediaRequestHandler: (decide: HandlerOf<'setDisplayMediaRequestHandler'>): void =>
    decide?.(nobody, (given) => note('display-media', given)),
  setBluetoothPairingHandler: (decide: HandlerOf<'setBluetoothPairingHandler'>): void =>
    decide?.(nobody, (given) => note('pairing', given)),
  setSpellCheckerEnabled: (on: boolean): void => note('spell', on),
  webRequest: {
    onBeforeRequest: (decide: Parameters<Electron.WebRequest['onBeforeRequest']>[0]): void => {
      for (const url of requests) {
        decide?.({ url } as never, ({ cancel }) => note('request', url, cancel));
      }
    },
  },
});
export const session = { defaultSession };

function event(prevented = (): void => {}) {
  return { preventDefault: prevented };
}

const isPrompt = ({ options }: BrowserWindow): boolean =>
  options.webPreferences?.preload?.includes('prompt') === true;

/** Calls as the main frame of a window would, or as `frame` says. */
async function invoke(window: BrowserWindow, { name, input, frame }: Call): Promise<unknown> {
  const mainFrame = { origin: `app://${isPrompt(window) ? 'prompt' : 'manager'}` };
  const sender = { id: window.webContents.id, mainFrame };
  const senderFrame = frame === undefined ? mainFrame : frame;
  return handlers.get(`portreeve:call:${name}`)?.({ sender, senderFrame } as never, input);
}

interface Probe {
  readonly event: string;
  readonly prevented: boolean;
  readonly answers: unknown[][];
}

/** Whether the listeners of an event prevent it, and what they answer to its last argument, a function. */
function probe(
  name: string,
  emit: (one: ReturnType<typeof event>, answer: (...given: never[]) => void) => void,
): Probe {
  let prevented = false;
  const answers: unknown[][] = [];
  emit(
    event(() => (prevented = true)),
    (...given: unknown[]) => void answers.push(given),
  );
  return { event: name, prevented, answers };
}

const ofApp = emitAs<Electron.App>();
const ofContents = emitAs<Electron.WebContents>();
const ofSession = emitAs<Electron.Session>();

function probeAll(contents: WebContents): Probe[] {
  const one: unknown = contents;
  const none: unknown[] = [];
  const nothing: unknown = null;
  return [
    probe('navigate', (e) => ofContents(contents, 'will-navigate', e)),
    probe('redirect', (e) => ofContents(contents, 'will-redirect', e)),
    probe('frame', (e) => ofContents(contents, 'will-frame-navigate', e)),
    probe('webview', (e) => ofContents(contents, 'will-attach-webview', e)),
    probe('bluetooth', (e, a) => ofContents(contents, 'select-bluetooth-device', e, none, a)),
    probe('login', (e) => ofApp(app, 'login', e, one)),
    probe('own certificate', (e) => ofApp(app, 'select-client-certificate', e, one, 'https://x')),
    probe('certificate', (e, a) =>
      ofApp(app, 'certificate-error', e, one, 'https://x', 'e', nothing, a),
    ),
    probe('download', (e) => ofSession(defaultSession, 'will-download', e)),
    probe('hid', (e, a) => ofSession(defaultSession, 'select-hid-device', e, nothing, a)),
    probe('usb', (e, a) => ofSession(defaultSession, 'select-usb-device', e, nothing, a)),
    probe('serial', (e, a) => ofSession(defaultSession, 'select-serial-port', e, none, one, a)),
  ];
}

interface Call {
  readonly as: 'prompt' | 'manager';
  readonly name: string;
  readonly input: unknown;
  readonly frame?: unknown;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The shell opens its windows once the engine runs. */
async function twoWindows(): Promise<[BrowserWindow, BrowserWindow]> {
  const [prompt, manager] = windows;
  if (prompt !== undefined && manager !== undefined) return [prompt, manager];
  await pause(20);
  return twoWindows();
}

interface Script {
  readonly calls: readonly Call[];
  /** Only this many windows open; the calls are those of the first. */
  readonly only?: 0 | 1;
  /** What is told waits until this was noted. */
  readonly until?: string;
}

process.on('message', (message) => {
  const script = message as Script;
  void (script.only === undefined ? actAsPage(script) : actAlone(script));
});

async function resultsOf(calls: readonly Call[], windowOf: (call: Call) => BrowserWindow) {
  const results: Record<string, unknown> = {};
  for (const call of calls) {
    // oxlint-disable-next-line no-await-in-loop -- a page makes one call after the other
    results[`${call.as} ${call.name}`] = await invoke(windowOf(call), call);
  }
  return results;
}

async function actAlone(script: Script): Promise<void> {
  const [window] = windows;
  const isThere = script.until === undefined || log.some(([what]) => what === script.until);
  if (!isThere || (script.only === 1 && window === undefined)) {
    await pause(20);
    return actAlone(script);
  }
  const results = await resultsOf(window === undefined ? [] : script.calls, () => window as never);
  await pause(200);
  const preferences = windows.map(({ options }) => options);
  const told = window === undefined ? [] : probeAll(window.webContents);
  process.send?.({ log, results, preferences, probes: told });
}

async function actAsPage({ calls }: Script): Promise<void> {
  const [prompt, manager] = await twoWindows();
  const results = await resultsOf(calls, ({ as }) => (as === 'prompt' ? prompt : manager));
  const page = await answerPage?.({ method: 'GET', url: 'app://prompt/' } as never);
  emitAs<Electron.BrowserWindow>()(manager, 'ready-to-show');
  const before = log.length;
  const wrong = ['x', '--remote-debugging-port=1', '--lab', '/evil'];
  ofApp(app, 'second-instance', event(), wrong, '/evil');
  const secondInstance = log.slice(before);
  for (const tray of trays) emitAs<Electron.Tray>()(tray, 'right-click');
  ofContents(prompt.webContents, 'devtools-opened');
  ofContents(prompt.webContents, 'render-process-gone', event(), { reason: 'crashed' });
  emitAs<Electron.BrowserWindow>()(manager, 'unresponsive');
  // A page that dies twice waits half a second.
  ofApp(app, 'child-process-gone', event(), { type: 'GPU', reason: 'crashed' } as Electron.Details);
  ofApp(app, 'child-process-gone', event(), {
    type: 'Utility',
    reason: 'crashed',
  } as Electron.Details);
  await pause(900);
  process.send?.({
    log,
    results,
    secondInstance,
    probes: probeAll(prompt.webContents),
    preferences: windows.map(({ options }) => options),
    page: { status: page?.status, csp: page?.headers.get('content-security-policy') },
    bounds: prompt.bounds,
    promptId: prompt.webContents.id,
    installed: asInstalled(),
  });
}

/** What a window of an installed app does when its developer tools open. */
function asInstalled(): unknown[] {
  const before = log.length;
  app.isPackaged = true;
  ofContents(new BrowserWindow().webContents, 'devtools-opened');
  return log.splice(before);
}

type M = typeof Electron;
/** Does not compile when something above is not as in Electron. */
export type AsInElectron = [
  Right<Exclude<keyof typeof standIn, keyof M>>,
  Right<Wrong<WebContents, Electron.WebContents>>,
  Right<Wrong<BrowserWindow, Electron.BrowserWindow, 'options' | 'bounds' | 'webContents'>>,
  Right<WrongClass<typeof BrowserWindow, typeof Electron.BrowserWindow>>,
  Right<Wrong<App, Electron.App>>,
  Right<Wrong<Tray, Electron.Tray>>,
  Right<WrongClass<typeof Tray, typeof Electron.Tray>>,
  Right<Wrong<typeof Menu, typeof Electron.Menu>>,
  Right<Wrong<typeof nativeTheme, Electron.NativeTheme>>,
  Right<Wrong<typeof powerMonitor, Electron.PowerMonitor>>,
  Right<Wrong<Notification, Electron.Notification>>,
  Right<WrongClass<typeof Notification, typeof Electron.Notification>>,
  Right<Wrong<typeof dialog, Electron.Dialog>>,
  Right<Wrong<typeof ipcMain, Electron.IpcMain>>,
  Right<Wrong<typeof protocol, Electron.Protocol>>,
  Right<Wrong<typeof screen, Electron.Screen>>,
  Right<Wrong<typeof defaultSession, Electron.Session, 'webRequest'>>,
  Right<Wrong<typeof defaultSession.webRequest, Electron.WebRequest>>,
  Right<Wrong<typeof session, M['session'], 'defaultSession'>>,
];
