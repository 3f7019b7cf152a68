/** docs/conformance.md: which scenarios are about each rule of asynchronous classify, and which mutants they kill. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Mutant } from '../test-mutants.ts';
import { root } from '../process.ts';

const file = path.join(root, 'docs/conformance.md');
const extra = path.join(root, 'test/driver/conformance.json');
const RULES = Array.from({ length: 60 }, (_, i) => `R${i + 1}`);
const MOST_NAMES = 4;

/** Rules that the driver can break only by code it doesn't have: test/driver/emulator breaks them on purpose. */
const brokenOnPurpose = ['R13', 'R14', 'R15', 'R20', 'R57'];

/** Scenarios by rule: what the scenarios say themselves, and what test/driver/conformance.json adds. */
function byRule(scenarios: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const added = existsSync(extra)
    ? (JSON.parse(readFileSync(extra, 'utf8')) as Record<string, string[]>)
    : {};
  return new Map(
    RULES.map((rule) => {
      const own = [...scenarios].filter(([, rules]) => rules.includes(rule)).map(([name]) => name);
      return [rule, [...new Set([...own, ...(added[rule] ?? [])])].toSorted()];
    }),
  );
}

function listed(names: readonly string[]): string {
  const some = names.slice(0, MOST_NAMES).map((name) => name.replace(/\.json$/, ''));
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return some.join(', ') + more;
}

function row(rule: string, scenarios: readonly string[], mutants: readonly Mutant[]): string {
  const killed = mutants.filter((mutant) => mutant.rules.includes(rule));
  const kills = killed.map(
    (m) => `${m.name} (${(m.killedBy ?? 'not run yet').replace(/\.json$/, '')})`,
  );
  const purpose = brokenOnPurpose.includes(rule)
    ? ['broken on purpose in test/driver/emulator']
    : [];
  const shown = [...kills, ...purpose].join('; ') || '-';
  return `| ${rule} | ${listed(scenarios) || '-'} | ${shown} |`;
}

/** Writes the page; false when it was another before. */
export function writeConformance(
  scenarios: ReadonlyMap<string, readonly string[]>,
  mutants: readonly Mutant[],
): boolean {
  const rows = [...byRule(scenarios)].map(([rule, names]) => row(rule, names, mutants));
  const text = [
    '# Conformance',
    '',
    'Written by `npm run test:mutants`: the rules of asynchronous classify ([lab.md](lab.md)), the scenarios of',
    '`test/driver/scenarios` that are about each, and the mutants - one broken place of driver code each, from',
    '`test/driver/mutants/mutants.json` - with what kills them: a scenario, the unit tests, or the schedules.',
    '',
    `${scenarios.size} scenarios, ${mutants.length} mutants.`,
    '',
    '| Rule | Scenarios | Mutants, and what kills them |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
  const same = existsSync(file) && readFileSync(file, 'utf8') === text;
  if (!same) writeFileSync(file, text);
  return same;
}
