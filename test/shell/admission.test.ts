import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logonTaskXml } from '../../src-main/platform/logon-task.ts';
import {
  type AccessCalls,
  privateFolder,
  programWeakness,
  stateWeakness,
} from '../../src-main/platform/install-windows.ts';
import { strangersIn } from '../../src-main/platform/sddl.ts';
import {
  type StartFacts,
  admissionOf,
  commandRefusal,
} from '../../src-main/shell/start/admission.ts';
import { readLaunch } from '../../src-main/shell/start/launch.ts';
import { type Question, questionOf, turnAway } from '../../src-main/shell/start/refusals.ts';

const installer = 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464';
/** As Windows 11 has them. */
const windowsOwn = {
  'C:\\': `O:${installer}G:${installer}D:PAI(A;OICIIO;SDGXGWGR;;;AU)(A;;LC;;;AU)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)`,
  'Program Files': `O:${installer}G:${installer}D:PAI(A;;FA;;;${installer})(A;CIIO;GA;;;${installer})(A;;0x1301bf;;;SY)(A;OICIIO;GA;;;SY)(A;;0x1301bf;;;BA)(A;OICIIO;GA;;;BA)(A;;0x1200a9;;;BU)(A;OICIIO;GXGR;;;BU)(A;OICIIO;GA;;;CO)(A;;0x1200a9;;;AC)(A;OICIIO;GXGR;;;AC)`,
  ProgramData:
    'O:SYG:SYD:PAI(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;CI;DCLCRPCR;;;BU)',
};
const user = 'S-1-5-21-1-2-3-1001';

describe('an access list', () => {
  it.each(Object.entries(windowsOwn))('%s lets nobody replace what is below it', (_name, sddl) => {
    expect(strangersIn(sddl, 'above')).toEqual([]);
  });

  it('of Program Files lets nobody change a program; that of ProgramData and of the root do', () => {
    expect(strangersIn(windowsOwn['Program Files'], 'program')).toEqual([]);
    expect(strangersIn(windowsOwn.ProgramData, 'program')).toEqual(['BU']);
    expect(strangersIn(windowsOwn['C:\\'], 'program')).toEqual(['AU']);
  });

  it('of the folder of rules lets nobody read it', () => {
    expect(strangersIn(privateFolder, 'private')).toEqual([]);
    expect(strangersIn(`${privateFolder}(A;OICI;FR;;;BU)`, 'private')).toEqual(['BU']);
    expect(strangersIn(`${privateFolder}(A;OICIIO;GR;;;WD)`, 'private')).toEqual(['WD']);
    expect(strangersIn(windowsOwn['Program Files'], 'private')).toEqual(['BU', 'AC']);
  });

  it.each([
    ['owned by a user', `O:${user}G:BAD:P(A;;FA;;;SY)`, user],
    ['a user has all', `O:BAG:BAD:P(A;;FA;;;${user})`, user],
    ['may be given away', `O:BAG:BAD:P(A;;WO;;;BU)`, 'BU'],
    ['its rights may be changed', `O:BAG:BAD:P(A;;WD;;;IU)`, 'IU'],
    ['may be deleted', `O:BAG:BAD:P(A;;SD;;;BU)`, 'BU'],
    ['in hexadecimal', `O:BAG:BAD:P(A;;0x1f01ff;;;BU)`, 'BU'],
    ['under a condition', `O:BAG:BAD:P(XA;;FA;;;BU;x)`, 'BU'],
    ['no list at all', 'O:BAG:BAD:NO_ACCESS_CONTROL', 'everybody'],
    ['no list', 'O:BAG:BA', 'everybody'],
    ['no owner', 'D:P(A;;FA;;;SY)', 'everybody'],
    ['an unknown kind of entry', 'O:BAG:BAD:P(Q;;FA;;;SY)', 'everybody'],
    ['an unknown right', `O:BAG:BAD:P(A;;ZZ;;;BU)`, 'BU'],
    ['nothing', '', 'everybody'],
  ])('%s: it can be changed', (_what, sddl, who) => {
    expect(strangersIn(sddl, 'program')).toEqual([who]);
  });

  it('says no more of a denial than of nothing, and never throws', () => {
    expect(strangersIn('O:BAG:BAD:P(D;;FA;;;BU)(A;;FA;;;BA)', 'private')).toEqual([]);
    fc.assert(
      fc.property(fc.string(), (text) => {
        const found = strangersIn(text, 'private');
        expect(found).toEqual(text.startsWith('O:') ? found : ['everybody']);
      }),
    );
  });
});

describe('an installed Portreeve', () => {
  let folder: string;
  const rights = new Map<string, string | null>();
  const safe = 'O:BAG:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;BU)';
  let made: 'made' | 'there' | 'failed' = 'there';
  const calls: AccessCalls = {
    securityOf: (file) => (rights.has(file) ? (rights.get(file) ?? null) : safe),
    makeFolderWith: () => made,
  };
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'portreeve-install-'));
    mkdirSync(path.join(folder, 'app/resources'), { recursive: true });
    writeFileSync(path.join(folder, 'app/Portreeve.exe'), '');
    writeFileSync(path.join(folder, 'app/resources/app.asar'), '');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('runs where nobody else can change folder, files, or what is above', () => {
    expect(programWeakness(path.join(folder, 'app'), calls)).toBeNull();
  });

  it.each(['app', 'app/Portreeve.exe', 'app/resources', 'app/resources/app.asar'])(
    'does not run when users can change %s, or when that is not known',
    (name) => {
      const file = path.join(folder, name);
      rights.set(file, `${safe}(A;;FW;;;BU)`);
      expect(programWeakness(path.join(folder, 'app'), calls)).toEqual({ path: file, by: ['BU'] });
      rights.set(file, null);
      expect(programWeakness(path.join(folder, 'app'), calls)).toEqual({ path: file, by: [] });
      rights.delete(file);
    },
  );

  it('does not run when a folder above can be replaced, but when others can be made beside it', () => {
    rights.set(folder, `${safe}(A;;LC;;;AU)`);
    expect(programWeakness(path.join(folder, 'app'), calls)).toBeNull();
    rights.set(folder, `${safe}(A;;DT;;;AU)`);
    expect(programWeakness(path.join(folder, 'app'), calls)?.path).toBe(folder);
    rights.delete(folder);
  });

  it('does not run through a link, nor from where there is nothing', () => {
    symlinkSync(path.join(folder, 'app'), path.join(folder, 'link'));
    expect(programWeakness(path.join(folder, 'link'), calls)).not.toBeNull();
    expect(programWeakness(path.join(folder, 'gone'), calls)).not.toBeNull();
  });

  it('has a folder of rules that is its own, or does not run', () => {
    const state = path.join(folder, 'app');
    rights.set(state, privateFolder);
    expect(stateWeakness(state, calls)).toBeNull();
    rights.set(state, windowsOwn.ProgramData);
    expect(stateWeakness(state, calls)).toEqual({ path: state, by: ['BU'] });
    rights.set(state, privateFolder);
    made = 'failed';
    expect(stateWeakness(state, calls)).toEqual({ path: state, by: [] });
    made = 'there';
    rights.delete(state);
  });
});

describe('the start of an installed Portreeve', () => {
  const weak = { path: 'C:\\x', by: ['BU'] };
  const asked: string[] = [];
  const facts = (given: Partial<StartFacts>): StartFacts => ({
    installed: true,
    atLogon: false,
    rights: () => ({ elevated: true, administrator: true }),
    program: () => null,
    state: () => {
      asked.push('state');
      return null;
    },
    ...given,
  });
  const unelevated = { rights: () => ({ elevated: false, administrator: true }) };
  const standard = { rights: () => ({ elevated: false, administrator: false }) };

  it.each([
    ['elevated', {}, 'run'],
    [
      'in development, whatever else',
      { installed: false, ...standard, program: () => weak },
      'run',
    ],
    ['an administrator without rights', unelevated, 'elevate'],
    ['a standard user', standard, 'standard'],
    ['at logon without rights', { ...unelevated, atLogon: true }, 'end'],
    ['at logon of a standard user', { ...standard, atLogon: true }, 'end'],
    ['a program that users can change', { program: () => weak }, 'refuse'],
    [
      'the same, before anybody is asked for rights',
      { ...unelevated, program: () => weak },
      'refuse',
    ],
    ['rules that others can read', { state: () => weak }, 'refuse'],
  ] as const)('%s', (_what, given, kind) => {
    expect(admissionOf(facts(given)).kind).toBe(kind);
  });

  it('does not touch the folder of rules without rights', () => {
    asked.length = 0;
    admissionOf(facts(unelevated));
    admissionOf(facts(standard));
    expect(asked).toEqual([]);
  });

  it('keeps a command from the rules without rights, and says what to do', () => {
    expect(commandRefusal(admissionOf(facts({})))).toBeNull();
    for (const given of [unelevated, standard])
      expect(commandRefusal(admissionOf(facts(given)))).toContain('as administrator');
    for (const given of [{ program: () => weak }, { state: () => weak }])
      expect(commandRefusal(admissionOf(facts(given)))).toContain(weak.path);
  });

  it('at logon is with a switch that an installed Portreeve takes', () => {
    const [, args = ''] = /<Arguments>(.*)<\/Arguments>/.exec(logonTaskXml('C:\\p.exe')) ?? [];
    expect(readLaunch(args.split(' '), true)).toMatchObject({
      ok: true,
      launch: { atLogon: true },
    });
  });
});

describe('who is turned away', () => {
  const questions: Question[] = [];
  let answer = 0;
  let elevates = true;
  const ways = {
    language: 'en',
    ask: (question: Question) => {
      questions.push(question);
      return Promise.resolve(answer);
    },
    startElevated: () => elevates,
  } as const;

  it('is told why, and what to do about it, in both languages', () => {
    for (const language of ['en', 'zh-CN'] as const) {
      const weakness = { path: 'C:\\Users\\eve\u202e\\p', by: [] };
      for (const what of ['program', 'state'] as const) {
        const detail = questionOf({ kind: 'refuse', what, weakness }, language)?.detail ?? '';
        expect(detail).toContain('C:\\Users\\eve');
        expect(detail).not.toContain('\u202e');
      }
    }
  });

  it('starts again with rights, and hears when Windows refused them', async () => {
    [questions.length, answer, elevates] = [0, 0, true];
    await turnAway({ kind: 'elevate' }, ways);
    expect(questions).toHaveLength(1);
    elevates = false;
    await turnAway({ kind: 'elevate' }, ways);
    expect(questions.at(-1)?.message).toMatch(/not started/);
  });

  it('is not started again against their will, and never where nothing is asked', async () => {
    [questions.length, answer, elevates] = [0, 1, false];
    await turnAway({ kind: 'elevate' }, ways);
    expect(questions).toHaveLength(1);
    await turnAway({ kind: 'end' }, ways);
    expect(questions).toHaveLength(1);
    answer = 0;
    await turnAway({ kind: 'standard' }, ways);
    expect(questions.at(-1)?.message).toMatch(/administrator looks after/);
    expect(questions.at(-1)?.buttons).toEqual(['Close']);
  });
});
