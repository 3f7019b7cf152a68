/** What the page build makes, also when a test runner's environment starts it. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { buildRenderer } from '../../scripts/build-pages.ts';

it('is the production build of React, whatever NODE_ENV says', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-build-'));
  await buildRenderer(folder);
  const assets = path.join(folder, 'assets');
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  const development = scripts.filter((name) =>
    readFileSync(path.join(assets, name), 'utf8').includes('jsxDEV'),
  );
  rmSync(folder, { recursive: true });

  expect(process.env['NODE_ENV']).toBe('test');
  expect(scripts).not.toEqual([]);
  expect(development).toEqual([]);
}, 60_000);
