import { existsSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import {
  type AgentFolderCalls,
  agentFolder,
  agentFolderSecurity,
} from '../../../src-main/platform/agent-folder.ts';
import { privateFolder } from '../../../src-main/platform/install-windows.ts';
import { variable } from '../../temporary-folders.ts';

const account = 'S-1-5-21-1-2-3-1001';
const other = 'S-1-5-21-1-2-3-1002';
const [own = '', label = ''] = agentFolderSecurity(account).split(/(?=S:\(ML)/);

/** Windows keeps what a folder was made with; the folders are real. */
function windows() {
  const base = mkdtempSync(path.join(process.env[variable] ?? tmpdir(), 'agents-'));
  const state = path.join(base, 'Portreeve');
  const rights = new Map([[base, privateFolder]]);
  const labels = new Map<string, string>();
  const calls: AgentFolderCalls = {
    securityOf: (file) => rights.get(file) ?? null,
    labelOf: (file) => labels.get(file) ?? '',
    makeFolderWith(file, sddl) {
      if (existsSync(file)) return 'there';
      mkdirSync(file);
      const [list = '', ml = ''] = sddl.split(/(?=S:\(ML)/);
      rights.set(file, list);
      labels.set(file, ml);
      return 'made';
    },
  };
  const folder = path.join(state, 'agents', account);
  return { state, folder, rights, labels, calls, make: () => agentFolder(state, account, calls) };
}

let on: ReturnType<typeof windows>;

beforeEach(() => {
  on = windows();
});

describe('the folder of an agent', () => {
  test('is made below the private one, for that account, with places for what has no other', () => {
    expect(on.make()).toBe(on.folder);
    expect(on.rights.get(path.dirname(on.folder))).toBe(privateFolder);
    expect(on.labels.get(on.folder)).toBe('S:(ML;OICI;NWNR;;;HI)');
    expect(existsSync(path.join(on.folder, 'AppData/Roaming'))).toBe(true);
    expect(existsSync(path.join(on.folder, 'AppData/Local'))).toBe(true);
    expect(on.make()).toBe(on.folder);
  });

  test('is another for another account', () => {
    expect(on.make()).not.toBe(agentFolder(on.state, other, on.calls));
  });

  test.each(['..', String.raw`S-1-5-21\..\..`, 'S-1-5-21-1/../../x', '', 'BU', 'S-1-5-21-1-'])(
    'is not made for "%s"',
    (name) => {
      expect(agentFolder(on.state, name, on.calls)).toBeNull();
      expect(existsSync(on.state)).toBe(false);
    },
  );

  test.each([
    ['another account may read it', `${own}(A;OICI;FR;;;${other})`],
    ['users may write there', `${own}(A;OICI;0x1301bf;;;BU)`],
    ['the account owns it', own.replace('O:BA', `O:${account}`)],
    ['the account may change its list', own.replace('0x1301bf', 'FA')],
    ['the account may change the list of what is in it', `${own}(A;OICIIO;FA;;;${account})`],
    ['there is no list', 'O:BAG:BAD:NO_ACCESS_CONTROL'],
    ['the list is not understood', `${own}(XX;;FA;;;BU)`],
  ])('is not used when %s', (_name, sddl) => {
    expect(on.make()).toBe(on.folder);
    on.rights.set(on.folder, sddl);
    expect(on.make()).toBeNull();
  });

  test.each([
    '',
    'S:',
    'S:(ML;OICI;NW;;;HI)',
    'S:(ML;OICI;NWNR;;;ME)',
    'S:(ML;;NWNR;;;HI)',
    'S:(ML;OICIIO;NWNR;;;HI)',
    'S:(ML;OICI;NWNR;;;HI)(ML;;NW;;;LW)',
  ])('is not used with the label "%s"', (text) => {
    expect(on.make()).toBe(on.folder);
    on.labels.set(on.folder, text);
    expect(on.make()).toBeNull();
  });

  test.each([label, 'S:AI(ML;OICI;NWNR;;;HI)', 'S:(ML;CIOI;NRNW;;;S-1-16-12288)'])(
    'is used with the label %s',
    (text) => {
      expect(on.make()).toBe(on.folder);
      on.labels.set(on.folder, text);
      expect(on.make()).toBe(on.folder);
    },
  );

  test.each([
    ['of the rules', ''],
    ['of agents', 'agents'],
  ])('is not used when the folder %s is a user’s to write to', (_name, below) => {
    expect(on.make()).toBe(on.folder);
    on.rights.set(path.join(on.state, below), `${privateFolder}(A;OICI;0x1301bf;;;BU)`);
    expect(on.make()).toBeNull();
  });

  test('is not used where a link is in its place, or above it', () => {
    const elsewhere = mkdtempSync(path.join(process.env[variable] ?? tmpdir(), 'elsewhere-'));
    const agents = path.dirname(on.folder);
    mkdirSync(on.state);
    on.rights.set(on.state, privateFolder);
    symlinkSync(elsewhere, agents);
    on.rights.set(agents, privateFolder);
    expect(on.make()).toBeNull();

    on = windows();
    expect(agentFolder(on.state, other, on.calls)).not.toBeNull();
    symlinkSync(elsewhere, on.folder);
    on.rights.set(on.folder, own);
    on.labels.set(on.folder, label);
    expect(on.make()).toBeNull();
  });
});
