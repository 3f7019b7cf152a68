/**
 * Builds portreeve.sys: for x64 with clang and lld and with mingw-w64, for ARM64 with clang and lld. Each has a folder below
 * build/driver. What ships is copied to build/driver/portreeve.sys.
 */
import { copyFileSync } from 'node:fs';
import path from 'node:path';

import { buildImage, driverImage, shipped } from './driver/image.ts';
import { type Failure, inOrder } from './driver/step.ts';
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

const failure = await build();
if (failure === null) {
  copyFileSync(path.join(output, shipped, driverImage.name), path.join(output, driverImage.name));
  console.log(`built ${path.relative(root, path.join(output, driverImage.name))}`);
} else {
  console.error(failure.line);
  if (failure.output !== undefined) console.error(failure.output.trimEnd());
  process.exitCode = 1;
}
