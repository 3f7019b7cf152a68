/** Settings by policy in Wine: what the port reads of the registry, and of a file. */
import os from 'node:os';

import { machineManaged } from '../../../src-main/platform/managed.ts';
import { product } from '../../../src-main/product.ts';

export const policyCommands = {
  policy: async ({ file }: { file: string }) => {
    const managed = await machineManaged(os.tmpdir(), product, { warn: () => undefined });
    return {
      values: managed.values(),
      installed: managed.installed(),
      file: await managed.readFile(file),
    };
  },
};
