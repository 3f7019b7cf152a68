/**
 * electron-updater, of which Portreeve takes what is not its own business: the format of latest.yml, the order of versions,
 * stages, and which Windows a version needs. Requests, the download, the signature and the start are ours (docs/adr/0077).
 * Loaded only when somebody looks for a newer version.
 */
import { type ClientRequest, type RequestOptions, request as httpRequest } from 'node:http';
import { HttpExecutor } from 'builder-util-runtime';
import { AppUpdater } from 'electron-updater/out/AppUpdater.js';
import { z } from 'zod';

import type { Log } from '../../engine/ports.ts';
import { type WantedPackage, readText } from './download.ts';
import { type Feed, type Patience, UpdateError } from './feed.ts';

export interface FinderParts {
  readonly feed: Feed;
  /** Of what runs. */
  readonly version: string;
  /** Of the package: x64 or arm64. */
  readonly arch: string;
  /** Private; the number that decides about stages is kept in it, and sent to nobody. */
  readonly folder: string;
  readonly patience: Patience;
  readonly log: Log;
}

export interface FoundUpdate {
  readonly version: string;
  /** As its makers wrote it: plain text, whatever it looks like. */
  readonly notes: string;
  readonly package: WantedPackage;
}

const MAX_NOTES = 8000;
/** The package has 150 MB; nothing that is called one has more than this. */
const MAX_PACKAGE = 1_073_741_824;

/** A description is taken whole or not at all: a stage that is no number must not mean everybody. */
const described = z.object({
  version: z.string().max(64),
  files: z
    .array(
      z.object({
        url: z.string().max(1024),
        size: z.int().min(1).max(MAX_PACKAGE),
        sha512: z.string().regex(/^[A-Za-z\d+/]{86}==$/u),
      }),
    )
    .min(1)
    .max(16),
  stagingPercentage: z.int().min(0).max(100).exactOptional(),
  minimumSystemVersion: z.string().max(64).exactOptional(),
  releaseNotes: z.string().nullish(),
});

/** Asks over our own requests, without the header that tells this computer from others. */
class Requests extends HttpExecutor<ClientRequest> {
  readonly #parts: FinderParts;
  constructor(parts: FinderParts) {
    super();
    this.#parts = parts;
  }

  override request({ protocol, hostname, port, path }: RequestOptions): Promise<string | null> {
    const host = `${hostname ?? ''}${port === undefined || port === null || port === '' ? '' : `:${port}`}`;
    const { feed, patience } = this.#parts;
    return readText(`${protocol ?? 'https:'}//${host}${path ?? '/'}`, feed, patience);
  }

  /** Never used: `request` is the only way. */
  override createRequest(options: RequestOptions): ClientRequest {
    return httpRequest(options);
  }
}

class Finder extends AppUpdater {
  constructor(parts: FinderParts) {
    const { version, folder, feed, log } = parts;
    super(null, {
      version,
      name: 'Portreeve',
      isPackaged: true,
      appUpdateConfigPath: '',
      userDataPath: folder,
      baseCachePath: folder,
      whenReady: () => Promise.resolve(),
      relaunch: nothing,
      quit: nothing,
      onQuit: nothing,
    });
    // Its types hide the one way of requests; without it the first one would throw.
    Object.assign(this, { httpExecutor: new Requests(parts) });
    this.logger = { info: nothing, warn: (text) => log.warn(String(text)), error: nothing };
    this.autoDownload = false;
    this.autoInstallOnAppQuit = false;
    this.allowDowngrade = false;
    this.allowPrerelease = false;
    this.isUpdateSupported = (info) => {
      if (!described.safeParse(info).success) throw new UpdateError('bad-answer', 'latest.yml');
      return true;
    };
    this.setFeedURL({ provider: 'generic', url: feed.url });
  }

  async find(arch: string): Promise<FoundUpdate | null> {
    const found = await this.checkForUpdates();
    const known = this.updateInfoAndProvider;
    if (found?.isUpdateAvailable !== true || known === null) return null;
    const { version, releaseNotes } = described.parse(known.info);
    const file = known.provider
      .resolveFiles(known.info)
      .find(({ url }) => url.pathname.endsWith(`-${arch}.msi`));
    if (file === undefined) throw new UpdateError('bad-answer', `no package for ${arch}`);
    const { size = 0, sha512 } = file.info;
    return {
      version,
      notes: (releaseNotes ?? '').slice(0, MAX_NOTES),
      package: { url: file.url.href, size, sha512 },
    };
  }

  protected override doDownloadUpdate(): Promise<never> {
    return Promise.reject(new Error('Portreeve downloads packages itself'));
  }

  override quitAndInstall(): never {
    throw new Error('Portreeve starts packages itself');
  }
}

function nothing(): void {}

/** The newer version that is meant for this computer, if there is one. Rejects with an `UpdateError`. */
export async function findUpdate(parts: FinderParts): Promise<FoundUpdate | null> {
  try {
    return await new Finder(parts).find(parts.arch);
  } catch (error) {
    throw error instanceof UpdateError ? error : new UpdateError('bad-answer', String(error));
  }
}
