/** What a benchmark gives back: one measured figure beside its budget. */
export interface Row {
  readonly what: string;
  /** As it is printed, such as "p95 6 ms"; empty when the design names none. */
  readonly budget: string;
  readonly measured: string;
  readonly ok: boolean;
}

/** The value below which `share` (0 to 1) of the samples lie. Undefined samples can't happen: there must be one. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  return sorted[index] ?? Number.NaN;
}

/** A row for two percentiles of times in milliseconds and their budgets. */
export function timeRow(
  what: string,
  samples: readonly number[],
  budget: { readonly p50: number; readonly p95: number },
): Row {
  const p50 = percentile(samples, 0.5);
  const p95 = percentile(samples, 0.95);
  return {
    what,
    budget: `p50 ${budget.p50} ms, p95 ${budget.p95} ms`,
    measured: `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms (n ${samples.length})`,
    ok: p50 <= budget.p50 && p95 <= budget.p95,
  };
}
