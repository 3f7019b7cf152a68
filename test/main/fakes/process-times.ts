/** When processes of this computer began. */
import { readFileSync } from 'node:fs';

const EPOCH = 116_444_736_000_000_000n;

/** As the lab computes it: ticks since the start of the computer, plus the start of the computer. */
export function createdOf(processId: number): bigint {
  const stat = readFileSync(`/proc/${processId}/stat`, 'latin1');
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1] ?? '0';
  return EPOCH + BigInt(boot) * 10_000_000n + BigInt(ticks) * 100_000n;
}
