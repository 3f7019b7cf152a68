/**
 * Prints what the package's tables say, for people who review it: features, components, and every action in its order with its
 * number. Of electron-builder's project as the last `npm test -- installer` has left it, by WiX.
 */
import { project, unpacked } from './pack.ts';
import type { Row } from './tables.ts';
import { linkWithWix3 } from './wix3.ts';

const wix = await linkWithWix3(project, unpacked);

function rowsOf(table: string): readonly Row[] {
  return wix.get(table) ?? [];
}

function print(title: string, columns: readonly string[], rows: readonly Row[]): void {
  console.log(`\n${title} (${rows.length})\n`);
  const widths = columns.map((name) =>
    Math.max(name.length, ...rows.map((row) => (row[name] ?? '').length)),
  );
  for (const row of [Object.fromEntries(columns.map((name) => [name, name])), ...rows]) {
    const cells = columns.map((name, index) => (row[name] ?? '').padEnd(widths[index] ?? 0));
    console.log(cells.join('  ').trimEnd());
  }
}

/** What a component is: its files, registry values, folders of PATH and shortcuts. */
function contentOf(component: string): string {
  const named: readonly (readonly [table: string, column: string])[] = [
    ['File', 'FileName'],
    ['Registry', 'Key'],
    ['Environment', 'Name'],
    ['Shortcut', 'Name'],
  ];
  return named
    .flatMap(([table, column]) =>
      rowsOf(table)
        .filter((row) => row['Component_'] === component)
        .map((row) => `${table} ${row[column]?.split('|').at(-1) ?? ''}`),
    )
    .join(', ');
}

const types = new Map(rowsOf('CustomAction').map((row) => [row['Action'], row]));

print('Feature', ['Feature', 'Level', 'Title'], rowsOf('Feature'));
print(
  'Component',
  ['Component', 'Attributes', 'Directory_', 'Content'],
  rowsOf('Component').map((row) => ({ ...row, Content: contentOf(row['Component'] ?? '') })),
);
print(
  'InstallExecuteSequence',
  ['Sequence', 'Action', 'Type', 'Target', 'Condition'],
  rowsOf('InstallExecuteSequence')
    .map((row) => ({
      ...row,
      Type: types.get(row['Action'])?.['Type'] ?? '',
      Target: types.get(row['Action'])?.['Target'] ?? '',
    }))
    .toSorted((a: Row, b: Row) => Number(a['Sequence']) - Number(b['Sequence'])),
);
print('Environment', ['Environment', 'Name', 'Value'], rowsOf('Environment'));
print('Property', ['Property', 'Value'], rowsOf('Property'));
print('LaunchCondition', ['Description', 'Condition'], rowsOf('LaunchCondition'));
