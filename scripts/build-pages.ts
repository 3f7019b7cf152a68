/**
 * Builds the pages and the preloads with Vite:
 *
 *   build/renderer   both windows; nothing inline, no data: URL, so that they run under the strictest CSP
 *   build/preload    one CommonJS file per Electron window, and browser.js, a classic script, for the browser shell
 */
import path from 'node:path';
import react from '@vitejs/plugin-react';
import tailwind from '@tailwindcss/vite';
import { build, type InlineConfig } from 'vite';
import { bundledPackages } from './build-electron.ts';

const root = path.resolve(import.meta.dirname, '..');
const at = (...parts: string[]): string => path.join(root, ...parts);

const common: InlineConfig = { configFile: false, logLevel: 'warn', publicDir: false };

/**
 * Vite takes React's development build, three times slower, when the caller's NODE_ENV says so: a test runner's does.
 * Whatever is built here is what people run.
 */
async function buildForUse(config: InlineConfig): Promise<void> {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    await build(config);
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}

/** Builds both windows into `folder`, which is emptied first. */
export async function buildRenderer(folder: string): Promise<void> {
  await buildForUse({
    ...common,
    root: at('src-renderer'),
    plugins: [react(), tailwind()],
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'chrome140',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      license: { fileName: bundledPackages },
      chunkSizeWarningLimit: 1000,
      rolldownOptions: {
        input: ['prompt', 'manager'].map((name) => at(`src-renderer/windows/${name}/index.html`)),
      },
    },
  });
}

function preloadConfig(name: string, format: 'cjs' | 'iife'): InlineConfig {
  const extension = format === 'cjs' ? 'cjs' : 'js';
  return {
    ...common,
    root: at('src-preload'),
    build: {
      outDir: at('build/preload'),
      emptyOutDir: false,
      target: 'chrome140',
      minify: false,
      lib: {
        entry: at(`src-preload/${name}.ts`),
        formats: [format],
        name: 'portreeve',
        fileName: () => `${name}.${extension}`,
      },
      rolldownOptions: { external: ['electron'] },
    },
  };
}

/** Builds everything; rejects with Vite's error, which names file and line. */
export async function buildPages(): Promise<void> {
  await buildRenderer(at('build/renderer'));
  await buildForUse(preloadConfig('prompt', 'cjs'));
  await buildForUse(preloadConfig('manager', 'cjs'));
  await buildForUse(preloadConfig('browser', 'iife'));
}

if (import.meta.main) await buildPages();
