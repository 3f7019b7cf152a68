/** The program of the unit tests: the core alone, on a port of its own. */
import type { NativeProgram } from '../../../scripts/native.ts';

export const unit: NativeProgram = {
  name: 'driver-unit',
  sources: ['driver/core', 'driver/lab/frontdoors/table_builder.c', 'test/driver/unit'],
  flags: ['-Werror'],
};
