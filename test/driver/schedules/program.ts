/** The program of the schedules: the whole driver in the emulator, and operations that a seed chooses and interleaves. */
import type { NativeProgram } from '../../../scripts/native.ts';

const emulator = ['driver/lab/emulator', 'driver/lab/emulator/wdm', 'driver/lab/emulator/wfp'];

export const schedules: NativeProgram = {
  name: 'driver-schedules',
  sources: [
    'driver/core',
    'driver/windows',
    ...emulator,
    'driver/lab/frontdoors/table_builder.c',
    'test/driver/schedules',
  ],
};
