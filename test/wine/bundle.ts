/** The guest and Portreeve's driver client as they ship: bundled, koffi beside them. */
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { build } from 'vite';

import { nameTheWorker } from '../../scripts/build-electron.ts';
import { root } from '../../scripts/process.ts';

/** Fills `folder`; `koffiBinary` is the unpacked package of koffi for Windows. */
export async function bundleGuest(folder: string, koffiBinary: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    root,
    plugins: [nameTheWorker],
    build: {
      outDir: folder,
      target: 'node22',
      minify: false,
      ssr: true,
      rolldownOptions: {
        input: {
          main: path.join(root, 'test/wine/guest/main.ts'),
          'device-windows-worker': path.join(root, 'src-main/driver/device-windows-worker.ts'),
          'facts-worker': path.join(root, 'src-main/platform/windows/facts-worker.ts'),
          'exits-worker': path.join(root, 'src-main/platform/windows/exits-worker.ts'),
          'session-events-worker': path.join(
            root,
            'src-main/platform/windows/session-events-worker.ts',
          ),
          agent: path.join(root, 'test/wine/guest/agent.ts'),
        },
        external: ['koffi', /^node:/],
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  });
  writeFileSync(path.join(folder, 'package.json'), '{"type": "module"}\n');
  const modules = path.join(folder, 'node_modules');
  cpSync(path.join(root, 'node_modules/koffi'), path.join(modules, 'koffi'), { recursive: true });
  cpSync(koffiBinary, path.join(modules, '@koromix/koffi-win32-x64'), { recursive: true });
}
