/** The results as a page that people read. What a driver or a program said is shown as text. */
import type { Result } from './check.ts';
import type { State } from './state.ts';

/** `titles`: of every check of the kit, by id; those without a result were not tried. */
export function reportOf(state: State, titles: ReadonlyMap<string, string>): string {
  const rows = [...titles].map(([id, title]) =>
    rowOf(
      id,
      title,
      state.results.find((result) => result.id === id),
    ),
  );
  const facts = Object.entries(state.facts).map(([name, value]) => `- ${name}: ${cell(value)}`);
  return [
    '# Portreeve on Windows: results',
    '',
    `Begun ${state.started}. ${countsOf(state.results, titles.size)}`,
    '',
    ...facts,
    '',
    '| Check | What | Result | Note |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function rowOf(id: string, title: string, result: Result | undefined): string {
  const outcome = result?.outcome ?? 'not tried';
  const shown = outcome === 'failed' ? `**${outcome}**` : outcome;
  return `| ${id} | ${cell(title)} | ${shown} | ${cell(result?.note ?? '')} |`;
}

function countsOf(results: readonly Result[], all: number): string {
  const count = (outcome: Result['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  const tried = `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
  return `${tried}, ${all - results.length} not tried.`;
}

/** One line of a table, whatever is in the text. */
function cell(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\|<>&`*_[\]]/g, (character) => `&#${character.charCodeAt(0)};`);
}
