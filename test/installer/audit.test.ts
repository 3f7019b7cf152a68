/** The audit finds what an installer may leave behind, wherever: no excuse of it is wide enough to hide something of ours. */
import { expect, test } from 'vitest';

import { type Snapshot, differences } from './audit.ts';
import { parseRegistry } from './registry.ts';

const control = 'System\\\\CurrentControlSet';
const installer = 'Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Installer';
const path = String.raw`str(2):"%SystemRoot%\\system32`;

function snapshot(registry: string, files: Readonly<Record<string, string>> = {}): Snapshot {
  return { files: new Map(Object.entries(files)), registry: parseRegistry(registry) };
}

const before = snapshot(
  `[${control}\\\\Control\\\\Session Manager\\\\Environment]\n"PATH"=${path}"\n`,
);

function found(registry: string, files: Readonly<Record<string, string>> = {}): string[] {
  const kept = `[${control}\\\\Control\\\\Session Manager\\\\Environment]\n"PATH"=${path}"\n`;
  return differences(before, snapshot(kept + registry, files));
}

test.each([
  ['a service', `[${control}\\\\Services\\\\portreeve] 1\n"Type"=dword:00000001\n`],
  ['a service of another name', `[${control}\\\\Services\\\\left] 1\n`],
  ['a device of ours', `[${control}\\\\Enum\\\\Root\\\\LEGACY_PORTREEVE] 1\n`],
  ['an event source', `[${control}\\\\Services\\\\EventLog\\\\Application\\\\Portreeve] 1\n`],
  ['the settings', '[Software\\\\Portreeve] 1\n"Mode"="ask"\n'],
  ['the notes', '[Software\\\\Portreeve.Undo] 1\n'],
  ['a policy', '[Software\\\\Policies\\\\Portreeve] 1\n"Mode"="ask"\n'],
  [
    'a product',
    `[${installer}\\\\UserData\\\\S-1-5-18\\\\Products\\\\ABC\\\\InstallProperties] 1\n`,
  ],
  ['what a product is named by', `[Software\\\\Classes\\\\Installer\\\\Products\\\\ABC] 1\n`],
  [
    'a component that something still uses',
    `[${installer}\\\\UserData\\\\S-1-5-18\\\\Components\\\\ABC] 1\n"DEF"="C:\\\\x"\n`,
  ],
  [
    'an entry in the list of programs',
    '[Software\\\\X\\\\Uninstall\\\\{A}] 1\n"DisplayName"="P"\n',
  ],
  ['a key of a shortcut', '[Software\\\\org.portreeve.app] 1\n"menu"=dword:00000001\n'],
  ['what starts at sign-in', '[Software\\\\X\\\\Run] 1\n"P"="C:\\\\p.exe"\n'],
])('%s', (_, registry) => expect(found(registry)).not.toEqual([]));

test('a folder in PATH, but not the separator that Wine leaves', () => {
  const with_ = (end: string) =>
    differences(
      before,
      snapshot(
        `[${control}\\\\Control\\\\Session Manager\\\\Environment]\n"PATH"=${path}${end}"\n`,
      ),
    );
  expect(with_(';;')).toEqual([]);
  expect(with_(';C:\\\\Program Files\\\\Portreeve\\\\')).toHaveLength(1);
  expect(with_(';C:\\\\x')).toHaveLength(1);
});

test.each([
  'windows/system32/drivers/portreeve.sys',
  'windows/system32/drivers/portreeve.sys.previous',
  'windows/system32/tasks/Portreeve/Start at logon',
  'windows/Installer/1a2b.msi',
  'Program Files/Portreeve',
  'ProgramData/Portreeve/rules.db',
  'users/root/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Portreeve.lnk',
  'home of the user/Portreeve.lnk',
])('a file: %s', (file) => {
  expect(found('', { [file]: '1 bytes' })).toEqual([`${file}: - -> 1 bytes`]);
});

test('a file that is gone, and one that is another', () => {
  const files = (text: string) => snapshot('', { 'windows/win.ini': text });
  expect(differences(files('1 bytes'), files('2 bytes'))).toHaveLength(1);
  expect(differences(files('1 bytes'), snapshot(''))).toHaveLength(1);
});
