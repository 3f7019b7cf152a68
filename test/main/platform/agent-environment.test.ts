import { describe, expect, test } from 'vitest';

import {
  agentEnvironment,
  environmentBlock,
} from '../../../src-main/platform/agent-environment.ts';

const places = {
  systemFolder: 'D:\\Windows\\System32',
  programData: 'E:\\ProgramData',
  folder: 'E:\\ProgramData\\Portreeve\\agents\\S-1-5-21-1-2-3-1001',
};

describe('the environment of an agent', () => {
  test('has nothing of anybody’s but what it is given', () => {
    process.env['PORTREEVE_SPY'] = 'x';
    expect(agentEnvironment(places, '{}')).toEqual({
      SystemRoot: 'D:\\Windows',
      SystemDrive: 'D:',
      ProgramData: places.programData,
      PATH: places.systemFolder,
      USERPROFILE: places.folder,
      APPDATA: `${places.folder}\\AppData\\Roaming`,
      LOCALAPPDATA: `${places.folder}\\AppData\\Local`,
      TEMP: places.folder,
      TMP: places.folder,
      PORTREEVE_AGENT: '{}',
    });
  });

  test('is a block that is sorted whatever the case, each entry ended, and the block too', () => {
    const block = environmentBlock({ b: '2', A: '1', C: 'ä=\ud800', '=C:': '' });
    expect(block).toBeNull();
    const text = environmentBlock({ b: '2', A: '1', C: 'ä=' })?.toString('utf16le');
    expect(text).toBe('A=1\0b=2\0C=ä=\0\0');
  });

  test.each([{ A: 'x\0B=1' }, { 'A=B': '1' }, { '': '1' }, { 'A\0': '1' }])(
    'can’t be made longer by a value or a name: %j',
    (variables) => {
      expect(environmentBlock(variables)).toBeNull();
    },
  );
});
