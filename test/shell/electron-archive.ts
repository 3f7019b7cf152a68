/** A small archive in the place of Electron's, a mirror that serves it, and Electron's real installer in a folder of its own. */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { root } from '../../scripts/process.ts';

const { version } = JSON.parse(
  readFileSync(path.join(root, 'node_modules/electron/package.json'), 'utf8'),
) as { version: string };

/** What an Electron archive must have; its program is a script of `lines`. */
export function electronZip(lines: string): Buffer {
  return zipOf({ version, electron: `#!/bin/sh\n${lines}\n` });
}

/** A ZIP archive of files that can be executed, stored as they are (PKWARE's APPNOTE, 4.3.7, 4.3.12 and 4.3.16). */
export function zipOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const bodies: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = Buffer.from(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const body = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((0o100_755 << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    // Made by version 2.0 on Unix, so that the mode counts.
    const maker = Buffer.from([20, 3]);
    entries.push(
      Buffer.concat([Buffer.from('PK\x01\x02'), maker, common, rest, Buffer.from(name)]),
    );
    bodies.push(body);
    offset += body.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, directory, end]);
}

/** Electron's package in `modules`, without its program, and with the checksum of `zip` as that of this machine's archive. */
export function copyElectronPackage(modules: string, zip: Buffer): string {
  const folder = path.join(modules, 'electron');
  // In a copy of the product a link to the shared package.
  rmSync(folder, { force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'install.js', 'index.js']) {
    cpSync(path.join(root, 'node_modules/electron', name), path.join(folder, name));
  }
  const archive = `electron-v${version}-${process.platform}-${process.arch}.zip`;
  const sum = createHash('sha256').update(zip).digest('hex');
  writeFileSync(path.join(folder, 'checksums.json'), JSON.stringify({ [archive]: sum }));
  for (const scope of ['@electron', '@electron-internal']) {
    const link = path.join(modules, scope);
    if (!existsSync(link)) symlinkSync(path.join(root, 'node_modules', scope), link);
  }
  return folder;
}

export interface Mirror {
  /** For ELECTRON_MIRROR. */
  readonly address: string;
  readonly host: string;
  requests(): number;
  close(): void;
}

/** A real server of `zip`; `answer` does something else with a request. */
export async function serveMirror(
  zip: Buffer,
  answer: (response: http.ServerResponse, zip: Buffer) => void = (response) => response.end(zip),
): Promise<Mirror> {
  let requests = 0;
  const server = http.createServer((_request, response) => {
    requests++;
    answer(response, zip);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address: `http://${host}/`,
    host,
    requests: () => requests,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Sends the head and the first half, and then nothing more. */
export function stall(response: http.ServerResponse, zip: Buffer): void {
  response.writeHead(200, { 'content-length': zip.length });
  response.write(zip.subarray(0, zip.length / 2));
}
