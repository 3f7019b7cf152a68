/** Locks every page down to what ours need; numbers are those of Electron's security checklist. */
import { type Session, type WebContents, app } from 'electron';
import { scheme } from './page-request.ts';

/** Before `ready`: sandboxes every renderer and takes navigation from every page (4, 11-14). */
export function hardenApp(): void {
  app.enableSandbox();
  app.on('web-contents-created', (_event, contents) => hardenContents(contents));
}

function hardenContents(contents: WebContents): void {
  const prevent = (event: { preventDefault(): void }): void => event.preventDefault();
  contents.on('will-navigate', prevent);
  contents.on('will-redirect', prevent);
  contents.on('will-frame-navigate', prevent);
  contents.on('will-attach-webview', prevent);
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

/** No permission, no device, no download, no spell checker, and no request but to our own scheme (1, 5). */
export function hardenSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, grant) => grant(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, give) => give({}));
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event) => event.preventDefault());
  session.webRequest.onBeforeRequest((details, decide) => {
    decide({ cancel: URL.parse(details.url)?.protocol !== `${scheme}:` });
  });
}
