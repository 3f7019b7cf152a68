import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkLayers, layerRules } from '../../scripts/check/layers.ts';
import { readSources } from '../../scripts/check/sources.ts';

const fixtures = path.join(import.meta.dirname, 'fixtures');
const rulesIn = (name: string) =>
  checkLayers(readSources(path.join(fixtures, name))).map((finding) => finding.rule);

describe('layer rules', () => {
  it.each(layerRules)('%s fires on its fixture', (rule) => {
    expect(rulesIn(rule)).toContain(rule);
  });

  it('has no fixture without a rule', () => {
    const names = readdirSync(fixtures).filter((name) => name !== 'clean');
    expect(names.toSorted()).toEqual([...layerRules].toSorted());
  });

  it('finds nothing in clean sources', () => {
    expect(rulesIn('clean')).toEqual([]);
  });
});
