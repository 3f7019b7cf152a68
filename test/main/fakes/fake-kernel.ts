/** The driver's side of the rules in memory: decides as `decidePlain` says, and keeps the books. */
import { numericAddress } from '../../../src-main/engine/policy/addresses.ts';
import { decidePlain } from '../../../src-main/engine/policy/compile/plain.ts';
import type {
  PlainConnection,
  PlainPolicy,
} from '../../../src-main/engine/policy/compile/plain.ts';
import { processText } from '../../../src-main/engine/policy/rule.ts';
import type {
  Connection,
  KernelPort,
  ProcessKey,
  TableOutcome,
} from '../../../src-main/engine/ports.ts';

interface Mapping {
  readonly process: ProcessKey;
  readonly subjectId: number | null;
}

export class FakeKernel implements KernelPort {
  policy: PlainPolicy | null = null;
  readonly mapped = new Map<string, number>();
  /** What was called, in order. */
  readonly calls: string[] = [];
  /** What the next `setTable` says. */
  problem: string | null = null;
  /** It says that the session has ended. */
  isGone = false;
  hits: { ruleId: number; hits: number }[] = [];

  setTable(policy: PlainPolicy): Promise<TableOutcome> {
    this.calls.push('set');
    if (this.isGone) return Promise.resolve({ ok: false, problem: null });
    if (this.problem !== null) return Promise.resolve({ ok: false, problem: this.problem });
    this.policy = policy;
    return Promise.resolve({ ok: true });
  }

  mapProcesses(mappings: readonly Mapping[]): Promise<number> {
    for (const { process, subjectId } of mappings) {
      this.calls.push(subjectId === null ? 'unmap' : 'map');
      if (subjectId === null) this.mapped.delete(processText(process));
      else this.mapped.set(processText(process), subjectId);
    }
    return Promise.resolve(mappings.length);
  }

  ruleHits() {
    return Promise.resolve(this.hits.splice(0));
  }

  /** Null: the kernel would ask. Without a client (`alone`), a path that is not known is everybody's. */
  decide(connection: Connection): 'allow' | 'block' | null {
    const { policy } = this;
    if (policy === null) return null;
    const mapped = this.mapped.get(processText(connection.process));
    const byPath = policy.subjects.filter(({ paths }) => paths.includes(connection.path));
    const subjectId = mapped ?? (byPath.length === 1 ? byPath[0]?.subjectId : undefined);
    if (subjectId === undefined) return null;
    const outcome = decidePlain(policy, subjectId, plainConnection(connection))?.outcome;
    return outcome === undefined || outcome === 'ask' ? null : outcome;
  }
}

export function plainConnection({ target }: Connection): PlainConnection {
  const { direction, protocol, port, address } = target;
  const { family, value } = numericAddress(address) ?? { family: 4, value: 0n };
  const where = { direction, protocol, port };
  return family === 4
    ? { ...where, family, address: Number(value) }
    : { ...where, family, address: value };
}
