/** The driver as the kernel's side of the rules: tables go down compiled. */
import type { DriverPort, KernelPort } from '../../ports.ts';
import { compile } from './compile.ts';

export function kernelOf(driver: DriverPort): KernelPort {
  return {
    setTable: (policy) => driver.setTable(compile(policy).bytes, policy.version),
    mapProcesses: (mappings) => driver.mapProcesses(mappings),
    ruleHits: () => driver.ruleHits(),
  };
}
