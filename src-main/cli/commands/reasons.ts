/** `portreeve rules explain` and `rehearse`: why, and what if. */
import type { Explanation, Rehearsal, RuleVerdict } from '../../../src-preload/contract/rules.ts';
import type { Context } from '../context.ts';
import { tableText, timeText } from '../output.ts';
import { ruleSentence, subjectWords, targetWords, whyNotWords } from '../words.ts';
import {
  type ConnectionOptions,
  type RuleOptions,
  connectionInput,
  ruleInput,
} from '../written.ts';

export async function explain(context: Context, options: ConnectionOptions): Promise<void> {
  const explanation = await context.call('explainConnection', connectionInput(options));
  await context.show(explanation, () => explanationText(explanation));
}

function explanationText({ verdict, decidedBy, rule, others, othersTotal }: Explanation): string {
  const by = rule === null ? `the ${decidedBy}` : `rule ${rule.ruleId}`;
  const lines = [`${verdict}: decided by ${by}`];
  if (rule !== null) lines.push(`  ${ruleSentence(rule)}`);
  if (others.length > 0) lines.push('These do not decide:');
  for (const { rule: other, why } of others) {
    lines.push(`  ${other.ruleId}  ${ruleSentence(other)}: ${whyNotWords[why]}`);
  }
  if (othersTotal > others.length) lines.push(`  and ${othersTotal - others.length} more`);
  return `${lines.join('\n')}\n`;
}

export async function rehearse(
  context: Context,
  verdict: RuleVerdict,
  options: RuleOptions,
): Promise<void> {
  const rehearsal = await context.call('rehearseRule', ruleInput(verdict, options));
  await context.show(rehearsal, () => rehearsalText(rehearsal));
}

function rehearsalText({ looked, decided, changed, changedTotal }: Rehearsal): string {
  const head = `It would have decided ${decided} of ${looked} kinds of connections in the journal, ${changedTotal} of them differently.\n`;
  const rows = changed.map(({ at, before, after, count, subject, target }) => [
    timeText(at),
    `${before} -> ${after}`,
    `${count}x`,
    subjectWords(subject),
    targetWords(target),
  ]);
  const more = changedTotal > changed.length ? `and ${changedTotal - changed.length} more\n` : '';
  return `${head}${rows.length > 0 ? tableText(rows) : ''}${more}`;
}
