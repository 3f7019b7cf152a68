/**
 * The built pages in a real Chromium: a loopback server with the product's Content-Security-Policy, a browser, and the
 * fake bridge in each page.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { build } from 'vite';
import { buildRenderer } from '../../scripts/build-pages.ts';
import type { Role } from '../../src-preload/contract/calls.ts';
import type { PageFake } from '../fakes/page-bridge.ts';

export const root = path.resolve(import.meta.dirname, '../..');

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Where Chromium is on this machine, or null. */
export function findChromium(): string | null {
  const places = [
    process.env['CHROMIUM'],
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ];
  return places.find((place) => place !== undefined && existsSync(place)) ?? null;
}

export interface Pages {
  /** Opens one window with these answers behind its bridge. Problems of the page are collected in `problems`. */
  open(options: OpenOptions): Promise<OpenPage>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly role: Role;
  readonly answers: PageFake['answers'];
  readonly context?: BrowserContextOptions;
  /** The page's clock stands still from the start; `page.clock.runFor` moves it. */
  readonly still?: boolean;
}

export interface OpenPage {
  readonly page: Page;
  /** Script errors, console errors and violations of the policy. */
  readonly problems: string[];
}

/** Whether page tests may be left out: Chromium is missing and this is no CI, where that would be a failure. */
export const withoutBrowser = findChromium() === null && process.env['CI'] !== 'true';

/** Builds the pages and starts server and browser. */
export async function startPages(): Promise<Pages> {
  // A folder of its own: other suites use the one in build/.
  const pagesRoot = mkdtempSync(path.join(tmpdir(), 'portreeve-pages-'));
  await buildRenderer(pagesRoot);
  const [bridge, server, browser] = await Promise.all([bundleFake(), serve(pagesRoot), launch()]);
  const { port } = server.address() as AddressInfo;
  return {
    open: (options) =>
      open(browser, bridge, `http://${options.role}.localhost:${String(port)}`, options),
    async close() {
      await browser.close();
      server.close();
      rmSync(pagesRoot, { recursive: true });
    },
  };
}

async function open(
  browser: Browser,
  bridge: string,
  origin: string,
  options: OpenOptions,
): Promise<OpenPage> {
  const context = await browser.newContext({
    locale: 'en-US',
    viewport: { width: 900, height: 760 },
    ...options.context,
  });
  const page = await context.newPage();
  // Shorter than that of a test, so that a failure says which step it was.
  page.setDefaultTimeout(20_000);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  const setup = JSON.stringify({ role: options.role, answers: options.answers });
  await page.addInitScript(`window.fakeSetup = ${setup};\n${bridge}`);
  if (options.still === true) await page.clock.install({ time: Date.now() });
  await page.goto(`${origin}/windows/${options.role}/index.html`);
  if (options.still === true) await page.clock.pauseAt(Date.now() + 60_000);
  return { page, problems };
}

async function bundleFake(): Promise<string> {
  const outcome = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      minify: false,
      lib: {
        entry: path.join(root, 'test/fakes/page-bridge.ts'),
        formats: ['iife'],
        name: 'pageBridge',
      },
    },
  });
  const first = Array.isArray(outcome) ? outcome[0] : undefined;
  const code = first?.output[0].code;
  if (code === undefined) throw new Error('the fake bridge was not built');
  return code;
}

function serve(pagesRoot: string): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = path.join(pagesRoot, path.normalize(pathname));
    if (!file.startsWith(pagesRoot) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const type = types[path.extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-security-policy': policy });
    response.end(readFileSync(file));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

function launch(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null)
    throw new Error('Chromium is not installed (Debian: apt-get install chromium)');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--host-resolver-rules=MAP *.localhost 127.0.0.1',
    ],
  });
}
