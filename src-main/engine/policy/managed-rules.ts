/** An administrator's rules among the others. Only in memory: the file that they come from is their store. */
import { MAX_RULES_OF_PLACE } from '../limits.ts';
import { storeError } from '../store/errors.ts';
import type { StoreResult } from '../store/store.ts';
import type { Rule, RuleDraft } from './rule.ts';
import type { RuleTable } from './rule-table.ts';

export type ManagedDraft = RuleDraft & Pick<Rule, 'enabled'>;

/** The store's ids begin at 1; these never meet them, nor the kernel's own number for modes. */
export const FIRST_MANAGED_ID = 0x8000_0000;
const END_OF_IDS = 0xffff_0000;

export function isManaged({ origin }: Pick<Rule, 'origin'>): boolean {
  return origin === 'managed';
}

export class ManagedRules {
  readonly #table: RuleTable;
  #rules: Rule[] = [];
  /** The user's, in whose place they stand. */
  #hidden: Rule[] = [];
  #nextId = FIRST_MANAGED_ID;

  constructor(table: RuleTable) {
    this.#table = table;
  }

  /** In place of those before. With too many of one place nothing changes. */
  replace(drafts: readonly ManagedDraft[]): StoreResult<null> {
    const [before, hidden] = [this.#rules, this.#hidden];
    this.#takeOut();
    this.#put(drafts.map((draft) => this.#ruleOf(draft)));
    if (drafts.every((draft) => this.#table.sharing(draft) <= MAX_RULES_OF_PLACE)) {
      return { ok: true, value: null };
    }
    this.#takeOut();
    this.#put(before);
    this.#hidden = hidden;
    return storeError('too-many');
  }

  #takeOut(): void {
    for (const { ruleId } of this.#rules) this.#table.remove(ruleId);
    for (const rule of this.#hidden) this.#table.put(rule);
    this.#rules = [];
    this.#hidden = [];
  }

  #put(rules: readonly Rule[]): void {
    for (const rule of rules) {
      this.#hidden.push(...this.#table.replacedBy(rule));
      this.#table.put(rule);
    }
    this.#rules = [...rules];
  }

  #ruleOf(draft: ManagedDraft): Rule {
    const ruleId = this.#nextId;
    this.#nextId = ruleId + 1 < END_OF_IDS ? ruleId + 1 : FIRST_MANAGED_ID;
    const counted = { editedAt: null, hits: 0, lastUsedAt: null };
    return { ...draft, ...counted, ruleId, origin: 'managed' };
  }
}
