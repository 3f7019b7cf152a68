/**
 * `npm run sign:test`: builds the driver packages of both processors and test-signs their images, for test/windows and
 * for computers in test mode, with a catalog; docs/signing.md says what is known of that.
 */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';

import type { Architecture } from './driver/compilers.ts';
import { writeCatalog } from './driver/catalog.ts';
import { buildImage, driverImage } from './driver/image.ts';
import { makePackage, packaged, packages } from './driver/package.ts';
import { type Failure, inOrder } from './driver/step.ts';
import { certificate, signCatalog, signForTest, signingComplaint } from './driver/test-signing.ts';
import { root } from './process.ts';

async function signPackage(architecture: Architecture): Promise<Failure | null> {
  const compiler = packaged[architecture];
  const output = path.join(root, 'build/driver', compiler);
  const failure = await buildImage(driverImage, compiler, output);
  if (failure !== null) return failure;
  const folder = makePackage(path.join(output, driverImage.name), architecture);
  const image = path.join(folder, driverImage.name);
  const catalog = path.join(folder, 'portreeve.cat');
  const signed = await signForTest(image);
  if (signed !== null) return signed;
  writeCatalog(catalog, [image, path.join(folder, 'portreeve.inf')]);
  copyFileSync(certificate, path.join(folder, path.basename(certificate)));
  return signCatalog(catalog, image);
}

function signAll(): Promise<Failure | null> {
  const complaint = signingComplaint();
  if (complaint !== null) return Promise.resolve({ line: complaint });
  rmSync(packages, { recursive: true, force: true });
  mkdirSync(packages, { recursive: true });
  return inOrder([() => signPackage('x64'), () => signPackage('arm64')]);
}

const failure = await signAll();
if (failure === null) {
  console.log(`test-signed packages are in ${path.relative(root, packages)}`);
} else {
  console.error(failure.line);
  if (failure.output !== undefined) console.error(failure.output.trimEnd());
  process.exitCode = 1;
}
