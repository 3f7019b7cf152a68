/** The driver as the kernel's side of the rules: tables go down compiled. */
import type { DriverPort, KernelPort } from '../../ports.ts';
import { TableCompiler } from './compile.ts';

export function kernelOf(driver: DriverPort): KernelPort {
  const compiler = new TableCompiler();
  return {
    setTable: (policy) => driver.setTable(compiler.compile(policy).bytes, policy.version),
    mapProcesses: (mappings) => driver.mapProcesses(mappings),
    ruleHits: () => driver.ruleHits(),
  };
}
