/** `portreeve rules`: what is there, and changes of it. */
import type { RuleVerdict, RuleView } from '../../../src-preload/contract/rules.ts';
import type { Context } from '../context.ts';
import { Failure, exitCodes, wrongInput } from '../failure.ts';
import { jsonText, tableText } from '../output.ts';
import { keepRemoved } from '../removed.ts';
import {
  findingWords,
  lifetimeWords,
  reachWords,
  remarkWords,
  ruleSentence,
  subjectWords,
} from '../words.ts';
import { type RuleOptions, ruleInput } from '../written.ts';

const heads = ['ID', 'VERDICT', 'WHO', 'WHERE', 'HOLDS', 'USED', ''];

/** Newest first. JSON is written page by page as well: there may be many. */
export async function listRules(context: Context, text: string, limit: number): Promise<void> {
  const { out, isJson } = context;
  let left = limit;
  let isFirst = true;
  if (isJson) await out.print('[');
  for await (const page of context.rules(text)) {
    const rules = page.slice(0, left);
    left -= rules.length;
    await out.print(isJson ? jsonRows(rules, isFirst) : ruleTable(rules, isFirst));
    isFirst = false;
    if (left <= 0 || out.isClosed) break;
  }
  if (isJson) await out.print('\n]\n');
  else if (isFirst)
    await out.print(text === '' ? 'There are no rules.\n' : 'No rule has this text.\n');
}

function jsonRows(rules: readonly RuleView[], isFirst: boolean): string {
  const rows = rules.map((rule) => `\n${jsonText(rule)}`).join(',');
  return isFirst ? rows : `,${rows}`;
}

function ruleTable(rules: readonly RuleView[], isFirst: boolean): string {
  return tableText([...(isFirst ? [heads] : []), ...rules.map(ruleRow)]);
}

function ruleRow(rule: RuleView): string[] {
  const whom = `${subjectWords(rule.subject)}${rule.withChildren ? ' and what it starts' : ''}`;
  const terms = [reachWords(rule), lifetimeWords(rule), String(rule.hits), remarkWords(rule)];
  return [rule.ruleId, rule.verdict, whom, ...terms];
}

/** "until-sign-out" belongs to the sign-in that a running Portreeve sees, which is not known here. */
export async function addRule(
  context: Context,
  verdict: RuleVerdict,
  options: RuleOptions,
): Promise<void> {
  const input = ruleInput(verdict, options);
  if (input.lifetime === 'until-sign-out' && context.running === null) {
    throw wrongInput(
      'A rule until sign-out can be made only while Portreeve runs. Start it first.',
    );
  }
  const added = await context.call('addRule', input);
  const [rule] = await context.rulesOf([added.ruleId]);
  await context.show({ ruleId: added.ruleId, rule }, () => {
    return `${added.ruleId}  ${rule === undefined ? '' : ruleSentence(rule)}\n`;
  });
  sayUndo(context, added.undoId);
}

/** All of these or, when one is not there, none. A copy is kept. */
export async function removeRules(context: Context, ids: readonly string[]): Promise<void> {
  const rules = await context.rulesOf(ids);
  const ruleIds = rules.map(({ ruleId }) => ruleId);
  const copy = await context.call('exportRules', { ruleIds });
  const file = copy.exported === 0 ? null : keepRemoved(context.stateFolder, copy.text, Date.now());
  const { removed, undoId } = await context.call('removeRules', { ruleIds });
  await context.show({ removed, file }, () =>
    rules.map((rule) => `Removed ${rule.ruleId}  ${ruleSentence(rule)}\n`).join(''),
  );
  sayUndo(context, undoId);
  if (file !== null) context.say(`Bring back later: portreeve rules import '${file}'`);
  if (copy.leftOut > 0 && context.running === null) {
    context.say(`${copy.leftOut} of them did not hold always and cannot be brought back.`);
  }
}

/** Only a Portreeve that goes on running can take a change back. */
export function sayUndo({ say, running }: Context, undoId: string): void {
  if (running !== null) say(`Take back within 30 s: portreeve rules undo ${undoId}`);
}

export async function undo(context: Context, undoId: string): Promise<void> {
  if (context.running === null) {
    throw new Failure(
      exitCodes.notFound,
      'Nothing can be taken back while Portreeve does not run.',
    );
  }
  const { restored } = await context.call('restoreRules', { undoId });
  await context.show({ restored }, () => `Taken back; ${restored} brought back.\n`);
}

/** All of these or, when one is not there, none; nobody else may remove one meanwhile. */
export async function enableRules(
  context: Context,
  ids: readonly string[],
  enabled: boolean,
): Promise<void> {
  const rules = await context.rulesOf(ids);
  for (const { ruleId } of rules) {
    // oxlint-disable-next-line no-await-in-loop -- the first failure ends it
    await context.call('setRuleEnabled', { ruleId, enabled });
  }
  const word = enabled ? 'Enabled' : 'Disabled';
  await context.show({ ruleIds: rules.map(({ ruleId }) => ruleId), enabled }, () =>
    rules.map((rule) => `${word} ${rule.ruleId}  ${ruleSentence(rule)}\n`).join(''),
  );
}

export async function showFindings(context: Context): Promise<void> {
  const findings = await context.call('readFindings', null);
  await context.show(findings, () =>
    findings.length === 0
      ? 'Nothing was found: every rule does something.\n'
      : tableText(
          findings.map(({ kind, rule, by }) => [
            rule.ruleId,
            kind,
            ruleSentence(rule),
            `${findingWords[kind]}${by === null ? '' : ` (${by.ruleId})`}`,
          ]),
        ),
  );
}
