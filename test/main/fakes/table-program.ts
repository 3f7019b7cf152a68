/** The driver's own look-ups (test/driver/table/agree.c) as a child process under sanitizers: many frames, one run. */
import { spawnSync } from 'node:child_process';

import { type NativeProgram, type Variant, buildNative } from '../../../scripts/native.ts';
import type {
  PlainConnection,
  PlainOutcome,
} from '../../../src-main/engine/policy/compile/plain.ts';

const CONNECTION_BYTES = 28;
const outcomes: readonly PlainOutcome[] = ['ask', 'allow', 'block'];

export const tableProgram: NativeProgram = {
  name: 'driver-table',
  sources: ['driver/core/table_check.c', 'driver/core/table_find.c', 'test/driver/table/agree.c'],
};

export async function buildTableProgram(variant: Variant = 'asan'): Promise<string> {
  const built = await buildNative(tableProgram, variant, () => undefined);
  if (!built.ok) throw new Error(built.line);
  return built.program;
}

/** Questions in the order in which they are asked, and their answers. */
export class TableQuestions {
  readonly #frames: Uint8Array[] = [];

  table(bytes: Uint8Array): void {
    this.#frame(1, bytes);
  }

  connections(asked: readonly { subjectId: number | null; connection: PlainConnection }[]): void {
    const bytes = Buffer.alloc(asked.length * CONNECTION_BYTES);
    asked.forEach(({ subjectId, connection }, index) => {
      write(bytes.subarray(index * CONNECTION_BYTES), subjectId ?? 0, connection);
    });
    this.#frame(2, bytes);
  }

  path(path: string): void {
    this.#frame(3, Buffer.from(path, 'utf16le'));
  }

  /** All answers as 32-bit words: one for a table or a path, two for a connection. */
  ask(program: string): Uint32Array {
    const run = spawnSync(program, { input: Buffer.concat(this.#frames), maxBuffer: 2 ** 30 });
    if (run.status !== 0)
      throw new Error(`status ${run.status ?? run.signal}: ${run.stderr.toString()}`);
    return new Uint32Array(
      run.stdout.buffer.slice(run.stdout.byteOffset, run.stdout.byteOffset + run.stdout.length),
    );
  }

  #frame(kind: number, payload: Uint8Array): void {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(kind, 0);
    head.writeUInt32LE(payload.length, 4);
    this.#frames.push(head, payload);
  }
}

export function outcomeOf(word: number | undefined): PlainOutcome | undefined {
  return word === undefined ? undefined : outcomes[word];
}

function write(bytes: Buffer, subjectId: number, connection: PlainConnection): void {
  bytes.writeUInt32LE(subjectId, 0);
  bytes.writeUInt8(connection.direction === 'inbound' ? 1 : 0, 4);
  bytes.writeUInt8(connection.protocol, 5);
  bytes.writeUInt8(connection.family, 6);
  bytes.writeUInt16LE(connection.port, 8);
  if (connection.family === 4) {
    bytes.writeUInt32BE(connection.address, 12);
  } else {
    bytes.writeBigUInt64BE(connection.address >> 64n, 12);
    bytes.writeBigUInt64BE(connection.address & 0xffff_ffff_ffff_ffffn, 20);
  }
}
