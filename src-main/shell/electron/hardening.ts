/** Locks every page down to what ours need; numbers are those of Electron's security checklist. */
import { type Session, type WebContents, app, session } from 'electron';
import { isOwnAddress } from '../desktop/page-request.ts';

interface Preventable {
  preventDefault(): void;
}
const prevent = (event: Preventable): void => event.preventDefault();

/**
 * Before `ready`: sandboxes every renderer (an agent's but in development, see launch.ts) and takes navigation from every page
 * (4, 11-14); nobody is asked to sign in.
 */
export function hardenApp(isSandboxed: boolean): void {
  if (isSandboxed) app.enableSandbox();
  app.on('web-contents-created', (_event, contents) => hardenContents(contents));
  app.on('session-created', (other) => hardenSession(other));
  app.on('login', prevent);
  app.on('select-client-certificate', prevent);
  app.on('certificate-error', (event, ...details) => {
    event.preventDefault();
    details[4](false);
  });
}

/** After `ready`: the session of our windows. */
export function hardenDefaultSession(): void {
  hardenSession(session.defaultSession);
}

function hardenContents(contents: WebContents): void {
  contents.on('will-navigate', prevent);
  contents.on('will-redirect', prevent);
  contents.on('will-frame-navigate', prevent);
  contents.on('will-attach-webview', prevent);
  contents.on('select-bluetooth-device', (event, _devices, choose) => {
    event.preventDefault();
    choose('');
  });
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  if (app.isPackaged) contents.on('devtools-opened', () => contents.closeDevTools());
}

/** No permission, no device, no download, no spell checker, and no request but to our own pages (1, 5). */
function hardenSession(one: Session): void {
  one.setPermissionRequestHandler((_contents, _permission, grant) => grant(false));
  one.setPermissionCheckHandler(() => false);
  one.setDevicePermissionHandler(() => false);
  one.setBluetoothPairingHandler((_details, answer) => answer({ confirmed: false }));
  one.setDisplayMediaRequestHandler((_request, give) => give({}));
  one.on('select-hid-device', (event, _details, choose) => {
    event.preventDefault();
    choose();
  });
  one.on('select-usb-device', (event, _details, choose) => {
    event.preventDefault();
    choose();
  });
  one.on('select-serial-port', (event, _ports, _contents, choose) => {
    event.preventDefault();
    choose('');
  });
  one.setSpellCheckerEnabled(false);
  one.on('will-download', prevent);
  one.webRequest.onBeforeRequest(({ url }, decide) => decide({ cancel: !isOwnAddress(url) }));
}
