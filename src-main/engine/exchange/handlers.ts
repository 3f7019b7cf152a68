/** The calls that export and import rules. */
import type { Result } from '../../../src-preload/contract/model.ts';
import type { ImportChange, ImportReport } from '../../../src-preload/contract/rules.ts';
import type { EngineHandlers, HandlerContext } from '../handlers.ts';
import { viewOfRule } from '../policy/rule-view.ts';
import type { Rule } from '../policy/rule.ts';
import { done } from '../result.ts';
import { afterChange } from '../rule-handlers.ts';
import { writeRules } from './format.ts';
import { readRules } from './read.ts';
import type { FileDraft } from './read.ts';

type Names = 'exportRules' | 'importRules';

const MAX_PROBLEMS = 20;
const MAX_CHANGES = 200;

export function exchangeHandlers(context: HandlerContext): Pick<EngineHandlers, Names> {
  return {
    exportRules: async ({ ruleIds }) => done(exportRules(context, ruleIds)),
    importRules: ({ text, dryRun }) => importRules(context, text, dryRun),
  };
}

/** Only rules that hold always: the others mean nothing elsewhere. */
function exportRules({ rules }: HandlerContext, ruleIds: readonly string[] | null) {
  const wanted = ruleIds === null ? null : new Set(ruleIds.map(Number));
  const chosen = [...rules.all()].filter(({ ruleId }) => wanted?.has(ruleId) ?? true);
  const lasting = chosen.filter(({ lifetime }) => lifetime === 'always');
  return {
    text: writeRules(lasting),
    exported: lasting.length,
    leftOut: chosen.length - lasting.length,
  };
}

/** All of it, or nothing. */
async function importRules(
  context: HandlerContext,
  text: string,
  dryRun: boolean,
): Promise<Result<ImportReport>> {
  const { drafts, problems } = readRules(text, context.clock.now(), context.identity);
  const changes = drafts.map(({ draft }) => ({ draft, ...changeOf(context, draft) }));
  const report: ImportReport = {
    applied: false,
    undoId: null,
    problems: problems.slice(0, MAX_PROBLEMS),
    problemTotal: problems.length,
    added: countOf(changes, 'added'),
    replaced: countOf(changes, 'replaced'),
    unchanged: countOf(changes, 'unchanged'),
    changes: changes
      .filter(({ kind }) => kind !== 'unchanged')
      .slice(0, MAX_CHANGES)
      .map(({ kind, before, draft }) => ({
        kind,
        rule: viewOfRule(asRule(draft)),
        before: before === null ? null : viewOfRule(before),
      })),
  };
  const wanted = changes.filter(({ kind }) => kind !== 'unchanged').map(({ draft }) => draft);
  if (dryRun || problems.length > 0) return done(report);
  const imported = await afterChange(context, context.rules.addAll(wanted));
  if (!imported.ok) return imported;
  return done({ ...report, applied: true, undoId: imported.value });
}

interface Change {
  readonly kind: ImportChange['kind'];
  /** The rule that it stands in the place of, or that is as it is. */
  readonly before: Rule | null;
}

function changeOf({ rules }: HandlerContext, draft: FileDraft['draft']): Change {
  const [before] = rules.replacedBy(draft);
  if (before === undefined) return { kind: 'added', before: null };
  const same =
    before.verdict === draft.verdict &&
    before.enabled === draft.enabled &&
    before.note === draft.note;
  return { kind: same ? 'unchanged' : 'replaced', before };
}

function countOf(changes: readonly Change[], kind: Change['kind']): number {
  return changes.filter((change) => change.kind === kind).length;
}

/** As it would be; it has no id yet. */
function asRule(draft: FileDraft['draft']): Rule {
  return { ...draft, ruleId: 0, editedAt: null, hits: 0, lastUsedAt: null };
}
