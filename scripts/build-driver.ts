/**
 * Builds portreeve.sys: for x64 with clang and lld and with mingw-w64, for ARM64 with clang and lld. Each has a folder below
 * build/driver. What ships is copied to build/driver/portreeve.sys.
 *
 * `npm run build:driver -- --wdk x64|arm64` builds with Microsoft's compiler instead, on a Windows that has the WDK.
 */
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { buildImage, driverImage, shipped } from './driver/image.ts';
import { type Failure, inOrder } from './driver/step.ts';
import { buildWithWdk } from './driver/wdk.ts';
import { root } from './process.ts';

const output = path.join(root, 'build/driver');

function build(): Promise<Failure | null> {
  const folder = (name: string): string => path.join(output, name);
  return inOrder([
    () => buildImage(driverImage, 'clang', folder('clang')),
    () => buildImage(driverImage, 'mingw', folder('mingw')),
    () => buildImage(driverImage, 'clang-arm64', folder('clang-arm64')),
  ]);
}

/** The image that was built, or why none was. */
async function main(): Promise<string | Failure> {
  const { wdk } = parseArgs({ options: { wdk: { type: 'string' } } }).values;
  if (wdk === undefined) {
    const failure = await build();
    if (failure !== null) return failure;
    const image = path.join(output, driverImage.name);
    copyFileSync(path.join(output, shipped, driverImage.name), image);
    return image;
  }
  if (wdk !== 'x64' && wdk !== 'arm64') return { line: `--wdk takes x64 or arm64, not ${wdk}` };
  return (await buildWithWdk(wdk)) ?? path.join(output, 'wdk', wdk, driverImage.name);
}

const result = await main();
if (typeof result === 'string') {
  console.log(`built ${path.relative(root, result)}`);
} else {
  console.error(result.line);
  if (result.output !== undefined) console.error(result.output.trimEnd());
  process.exitCode = 1;
}
