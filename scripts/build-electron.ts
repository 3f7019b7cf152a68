/** Bundles Electron's main process to build/main/electron.js. Packages stay outside: koffi is native, ws is not used. */
import path from 'node:path';
import { build } from 'vite';

const root = path.dirname(import.meta.dirname);

/** Rejects with the bundler's error, which names file and line. */
export async function buildElectronMain(): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    root,
    ssr: { noExternal: ['zod'] },
    build: {
      outDir: path.join(root, 'build/main'),
      emptyOutDir: true,
      target: 'node24',
      minify: false,
      ssr: path.join(root, 'src-main/main-electron.ts'),
      rolldownOptions: {
        external: ['electron', 'koffi', /^node:/],
        output: { format: 'es', entryFileNames: 'electron.js' },
      },
    },
  });
}

if (import.meta.main) await buildElectronMain();
