/** A server of updates with real files, and Portreeve's updates over it; what only Windows has is stood in for. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { UpdatesView } from '../../src-preload/contract/upkeep.ts';
import { type UpdateTools, Updates } from '../../src-main/upkeep/updates/updates.ts';
import { FakeClock } from '../main/fakes/engine-bench.ts';

export const own = 'C=DE\nO=Portreeve e. V.\nCN=Portreeve e. V.';
/** Its last bytes say who has signed it, so that whoever replaces it changes that. */
export const signedBy = (who: string, bytes = 3_000_000): Buffer =>
  Buffer.concat([randomBytes(bytes), Buffer.from(`\n--signed by--${who}`)]);
export const sha512 = (bytes: Buffer): string =>
  createHash('sha512').update(bytes).digest('base64');

/** latest.yml as electron-builder writes it. */
export function describePackage(version: string, bytes: Buffer, more = ''): string {
  const file = (arch: string): string =>
    `  - url: Portreeve-${version}-${arch}.msi\n    sha512: ${sha512(bytes)}\n    size: ${bytes.length}\n`;
  return `version: ${version}\nfiles:\n${file('arm64')}${file('x64')}releaseNotes: |\n  Faster, and <b>safer</b>.\n${more}`;
}

export class UpdateBench {
  folder = '';
  host = '';
  description = '';
  serve: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  requests: { url: string; headers: http.IncomingHttpHeaders }[] = [];
  installed: string[] = [];
  views: UpdatesView[] = [];
  warnings: string[] = [];
  quits = 0;
  held = 0;
  /** How long a server may say nothing. */
  silentMs = 15_000;
  isOn = false;
  clock = new FakeClock();
  updates: Updates;
  #server = http.createServer((request, response) => {
    this.requests.push({ url: request.url ?? '', headers: request.headers });
    if (request.url?.startsWith('/latest') === true) response.end(this.description);
    else this.serve(request, response);
  });

  constructor() {
    this.updates = this.make(null);
  }

  async start(): Promise<void> {
    this.folder = mkdtempSync(path.join(tmpdir(), 'portreeve-updates-'));
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.host = `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
    this.publish('0.2.0', signedBy(own));
    this.updates = this.make();
  }

  stop(): void {
    this.updates.stop();
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.folder, { recursive: true });
  }

  publish(version: string, bytes: Buffer, more = ''): void {
    this.description = describePackage(version, bytes, more);
    this.serve = (_request, response) => void response.end(bytes);
  }

  /** Null: in development. */
  make(given: Partial<UpdateTools> | null = {}): Updates {
    const made = new Updates({
      tools: given === null ? null : { ...this.#tools(), ...given },
      version: '0.1.0',
      folder: this.folder,
      clock: this.clock,
      log: { warn: (line) => void this.warnings.push(line) },
      isOn: () => this.isOn,
      setOn: (on) => {
        this.isOn = on;
        return { ok: true, value: null };
      },
      held: () => this.held,
      patience: { silentMs: this.silentMs, wholeMs: 30_000 },
    });
    made.onChange(() => this.views.push(made.view));
    return made;
  }

  #tools(): UpdateTools {
    return {
      feed: { url: `http://${this.host}/`, alsoFrom: [] },
      arch: 'x64',
      ownPublisher: async () => own,
      publisherOf: async (file) => readFileSync(file, 'latin1').split('--signed by--')[1] ?? null,
      isSafe: () => true,
      install: async (file) => {
        this.installed.push(file);
        return true;
      },
      quit: () => (this.quits += 1),
    };
  }

  /** The view, once it is of this kind. */
  async until<Kind extends UpdatesView['kind']>(
    kind: Kind,
  ): Promise<Extract<UpdatesView, { kind: Kind }>> {
    await expect.poll(() => this.updates.view.kind, { timeout: 15_000, interval: 5 }).toBe(kind);
    return this.updates.view as Extract<UpdatesView, { kind: Kind }>;
  }

  /** Packages that are there. */
  files(): string[] {
    const there = path.join(this.folder, 'updates');
    return existsSync(there) ? readdirSync(there).filter((name) => name.endsWith('.msi')) : [];
  }

  /** Its download has begun. */
  async download(): Promise<void> {
    await this.updates.setOn(true);
    await this.until('found');
    await this.updates.run('download');
  }
}
