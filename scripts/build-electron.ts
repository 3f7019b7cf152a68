/**
 * Bundles Electron's main process to build/main/electron.js, with its workers beside it. koffi stays
 * outside: it is native.
 */
import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Plugin, build } from 'vite';

const root = path.dirname(import.meta.dirname);

/** Which packages are in a bundle, with their licences; the package's licence page is made of it. */
export const bundledPackages = 'bundled-packages.json';

/** Workers are started by their file names, which end in .ts where main runs unbundled. */
export const nameTheWorker: Plugin = {
  name: 'name-the-worker',
  renderChunk: (code) =>
    code.replaceAll(
      /\.\/(device-windows-worker|exits-worker|facts-worker|journal-searcher-worker|list-compiler-worker|session-events-worker)\.ts/g,
      './$1.js',
    ),
};

const usualFolder = path.join(root, 'build/main');

/** Rejects with the bundler's error, which names file and line. */
export async function buildElectronMain(folder = usualFolder): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    root,
    plugins: [nameTheWorker],
    // Everything but Electron and koffi, which is native.
    ssr: { noExternal: true },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'node24',
      minify: false,
      ssr: true,
      license: { fileName: bundledPackages },
      rolldownOptions: {
        input: {
          electron: path.join(root, 'src-main/main-electron.ts'),
          'journal-searcher-worker': path.join(
            root,
            'src-main/platform/journal-searcher-worker.ts',
          ),
          'list-compiler-worker': path.join(root, 'src-main/platform/list-compiler-worker.ts'),
          'device-windows-worker': path.join(root, 'src-main/driver/device-windows-worker.ts'),
          'facts-worker': path.join(root, 'src-main/platform/windows/facts-worker.ts'),
          'exits-worker': path.join(root, 'src-main/platform/windows/exits-worker.ts'),
          'session-events-worker': path.join(
            root,
            'src-main/platform/windows/session-events-worker.ts',
          ),
        },
        external: ['electron', 'koffi', /^node:/],
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  });
  copyIcons(folder);
}

/** Beside the bundle, where main looks for them. */
function copyIcons(folder: string): void {
  cpSync(path.join(root, 'assets/icon.ico'), path.join(folder, 'icon.ico'));
  const tray = path.join(root, 'assets/tray');
  for (const name of readdirSync(tray).filter((one) => one.endsWith('.ico'))) {
    cpSync(path.join(tray, name), path.join(folder, 'tray', name));
  }
}

if (import.meta.main) await buildElectronMain();
