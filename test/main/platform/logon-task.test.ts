import { describe, expect, test } from 'vitest';

import { logonTaskXml, serviceTaskXml } from '../../../src-main/platform/logon-task.ts';

const program = 'C:\\Program Files\\Tom & Jerry\\Portreeve.exe';

/** What a definition says, by the path of each element without others in it. */
function said(xml: string): Readonly<Record<string, string>> {
  const open: string[] = [];
  const found: Record<string, string> = {};
  for (const [, end, name = '', text = ''] of xml.matchAll(/<(\/?)(\w+)[^>]*>([^<]*)/g)) {
    if (end === '/') expect(open.pop()).toBe(name);
    else {
      open.push(name);
      if (text.trim() !== '') found[open.slice(1).join('/')] = text;
    }
  }
  expect(open).toEqual([]);
  return found;
}

const same = {
  'RegistrationInfo/Author': 'Portreeve',
  'Settings/MultipleInstancesPolicy': 'IgnoreNew',
  'Settings/DisallowStartIfOnBatteries': 'false',
  'Settings/StopIfGoingOnBatteries': 'false',
  'Settings/ExecutionTimeLimit': 'PT0S',
  'Settings/Priority': '5',
  'Settings/RestartOnFailure/Interval': 'PT1M',
  'Settings/RestartOnFailure/Count': '3',
  'Actions/Exec/Command': 'C:\\Program Files\\Tom &amp; Jerry\\Portreeve.exe',
};

describe('the tasks', () => {
  test('that of the logon is an administrator’s, and on', () => {
    expect(said(logonTaskXml(program))).toMatchObject({
      ...same,
      'Triggers/LogonTrigger/Enabled': 'true',
      'Principals/Principal/GroupId': 'S-1-5-32-544',
      'Principals/Principal/RunLevel': 'HighestAvailable',
      'Settings/Enabled': 'true',
      'Actions/Exec/Arguments': '--at-logon',
    });
  });

  test('that of the service is the system’s, from the start of Windows on, and off', () => {
    const xml = serviceTaskXml(program);
    expect(said(xml)).toMatchObject({
      ...same,
      'Triggers/BootTrigger/Enabled': 'true',
      'Principals/Principal/UserId': 'S-1-5-18',
      'Settings/Enabled': 'false',
      'Triggers/BootTrigger/Repetition/Interval': 'PT1M',
      'Triggers/BootTrigger/Repetition/StopAtDurationEnd': 'false',
      'Actions/Exec/Arguments': '--service',
    });
    expect(xml).not.toMatch(/LogonTrigger|GroupId|%/);
    expect(logonTaskXml(program)).not.toContain('Repetition');
  });

  test('run as the one principal that they have', () => {
    for (const xml of [logonTaskXml(program), serviceTaskXml(program)]) {
      const [, id] = /<Principal id="(\w+)">/.exec(xml) ?? [];
      expect(xml).toContain(`<Actions Context="${id}">`);
    }
  });
});
