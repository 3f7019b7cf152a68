/** Programs for test/wine/identity.ts: the same small one with different names, signed by different people. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { run } from '../../scripts/process.ts';
import { folder as wineFolder } from './prefix.ts';
import { windowsPath } from './wine.ts';

export const folder = path.join(wineFolder, 'identity');
const source = '#include <windows.h>\nint main(void) { Sleep(600000); return 0; }\n';
const extensions = 'extendedKeyUsage=codeSigning\nkeyUsage=critical,digitalSignature\n';

async function tool(program: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run(program, args, { cwd: folder });
  assert.equal(code, 0, `${program}: ${output}`);
}

/** What it says of itself, in a version resource. */
function resource(product: string, version: string): string {
  return `1 VERSIONINFO FILEVERSION ${version.replaceAll('.', ',')},0,0
BEGIN
 BLOCK "StringFileInfo" BEGIN BLOCK "040904b0" BEGIN
  VALUE "ProductName", "${product}"
  VALUE "OriginalFilename", "harbour.exe"
 END END
 BLOCK "VarFileInfo" BEGIN VALUE "Translation", 0x409, 1200 END
END
`;
}

async function compile(name: string, product: string, version: string): Promise<void> {
  writeFileSync(path.join(folder, `${name}.rc`), resource(product, version));
  await tool('x86_64-w64-mingw32-windres', [`${name}.rc`, '-O', 'coff', '-o', `${name}.res`]);
  await tool('x86_64-w64-mingw32-gcc', ['harbour.c', `${name}.res`, '-s', '-o', `${name}.exe`]);
}

async function makeRoot(): Promise<void> {
  await tool('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '3650'],
    ...['-subj', '/C=DE/O=Portreeve tests/CN=Portreeve test root'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'],
    ...['-keyout', 'root.key', '-out', 'root.pem'],
  ]);
  await tool('openssl', ['x509', '-in', 'root.pem', '-outform', 'der', '-out', 'root.der']);
}

/** A certificate for code of this organisation. */
async function makeSigner(name: string, organisation: string): Promise<void> {
  const subject = `/C=DE/O=${organisation}/CN=${organisation}`;
  const request = ['req', '-newkey', 'rsa:2048', '-nodes', '-subj', subject];
  await tool('openssl', [...request, '-keyout', `${name}.key`, '-out', `${name}.csr`]);
  writeFileSync(path.join(folder, 'extensions'), extensions);
  await tool('openssl', [
    ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'root.pem', '-CAkey', 'root.key'],
    ...['-CAcreateserial', '-days', '3650', '-extfile', 'extensions', '-out', `${name}.pem`],
  ]);
}

async function sign(program: string, by: string, output: string): Promise<void> {
  rmSync(path.join(folder, output), { force: true });
  await tool('osslsigncode', [
    ...['sign', '-certs', `${by}.pem`, '-ac', 'root.pem', '-key', `${by}.key`, '-h', 'sha256'],
    ...['-in', `${program}.exe`, '-out', output],
  ]);
}

/** Signed versions 1 and 2, one by somebody else, an unsigned one, and one that was changed after it was signed. */
export async function makePrograms(): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'harbour.c'), source);
  await makeRoot();
  await makeSigner('harbour', 'Harbour GmbH');
  // A newer certificate of the same people.
  await makeSigner('renewed', 'Harbour GmbH');
  await makeSigner('other', 'Other GmbH');
  await compile('one', 'Harbour Mail', '1.0');
  await compile('two', 'Harbour Mail', '2.0');
  await sign('one', 'harbour', 'signed-1.exe');
  await sign('two', 'renewed', 'signed-2.exe');
  await sign('one', 'other', 'signed-by-other.exe');
  copyFileSync(path.join(folder, 'one.exe'), path.join(folder, 'unsigned.exe'));
  const tampered = readFileSync(path.join(folder, 'signed-1.exe'));
  // The stub that DOS would run.
  tampered[0x50] = (tampered[0x50] ?? 0) ^ 1;
  writeFileSync(path.join(folder, 'tampered.exe'), tampered);
}

/** Base 64 of its DER. */
export function rootCertificate(): string {
  return readFileSync(path.join(folder, 'root.der')).toString('base64');
}

/** Puts a program at a place of its own; Windows' path. */
export function placeProgram(name: string, ...place: readonly string[]): string {
  const target = path.join(folder, ...place);
  mkdirSync(path.dirname(target), { recursive: true });
  copyFileSync(path.join(folder, name), target);
  return windowsPath(target);
}
