import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { saveText } from '../../src-main/shell/desktop/save.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-save-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a file that a page hands over', () => {
  it('is written where its user says, and nowhere when they say nothing', async () => {
    const file = path.join(folder, 'rules.json');
    expect(await saveText('{}', async () => file)).toEqual({ ok: true, value: { saved: 'yes' } });
    expect(readFileSync(file, 'utf8')).toBe('{}');
    expect(await saveText('{}', async () => null)).toEqual({ ok: true, value: { saved: 'no' } });
  });

  it('that cannot be written there is told', async () => {
    const result = await saveText('{}', async () => folder);
    expect(result).toMatchObject({ ok: false, code: 'not-written' });
  });
});
