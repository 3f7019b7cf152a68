/** The fuzzers of the driver: `ioctl`, the requests of a client on the core alone, and `classify`, everything that WFP may call it with. */
import type { NativeProgram } from '../../../scripts/native.ts';

export interface Fuzzer {
  readonly program: NativeProgram;
  /** Relative to the repository. */
  readonly corpus: string;
  /** Bytes of the longest input. */
  readonly longest: number;
}

export const fuzzers: Readonly<Record<string, Fuzzer>> = {
  ioctl: fuzzer('ioctl', 8192, [
    'driver/core',
    'test/driver/fuzz/ioctl.c',
    'test/driver/unit/fixture.c',
    'test/driver/unit/port_test.c',
  ]),
  classify: fuzzer('classify', 2048, [
    'driver/core',
    'driver/windows',
    'driver/lab/emulator/wdm',
    'driver/lab/emulator/wfp/buffers.c',
    'test/driver/fuzz/classify.c',
    'test/driver/fuzz/filter_engine.c',
  ]),
};

function fuzzer(name: string, longest: number, sources: string[]): Fuzzer {
  const program = { name: `driver-fuzz-${name}`, sources, flags: ['-fsanitize=fuzzer'] };
  return { program, corpus: `test/driver/fuzz/corpus-${name}`, longest };
}
