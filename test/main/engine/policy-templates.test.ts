/** The Group Policy templates: as they are made, well-formed, and of the same values as the schema that reads them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  lockValues,
  managedSchema,
  modeNames,
  readManagedSettings,
} from '../../../src-main/engine/managed/settings.ts';
import { product } from '../../../src-main/product.ts';
import { folder, languages, templates, valueNames } from '../../../scripts/policy-templates.ts';
import { root } from '../../../scripts/process.ts';

const admx = read('portreeve.admx');

function read(name: string): string {
  return readFileSync(path.join(root, folder, name), 'utf8');
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

/** What is wrong with the nesting, attributes and entities of this XML; null when nothing is. */
function faultOf(xml: string): string | null {
  const open: string[] = [];
  const attributes = String.raw`(?:\s+[\w:.-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*`;
  const token = new RegExp(
    String.raw`<\?xml [^?>]*\?>|<(/?)([\w:.-]+)${attributes}\s*(/?)>|[^<>&]+|&(?:amp|lt|gt|quot);`,
    'y',
  );
  for (let at = 0; at < xml.length; at = token.lastIndex) {
    token.lastIndex = at;
    const found = token.exec(xml);
    if (found === null) return `at ${at}: ${xml.slice(at, at + 40)}`;
    const [, closes, name, closed] = found;
    if (name === undefined || closed === '/') continue;
    if (closes !== '/') open.push(name);
    else if (open.pop() !== name) return `</${name}> closes another`;
  }
  return open.length === 0 ? null : `open: ${open.join()}`;
}

test('the check of XML notices what is wrong', () => {
  expect(faultOf(admx)).toBeNull();
  expect(faultOf(admx.replace('</policies>', ''))).not.toBeNull();
  expect(faultOf(admx.replace('"Mode"', 'Mode'))).not.toBeNull();
  expect(faultOf(admx.replace('Supported)', 'a & b)'))).not.toBeNull();
});

test.each([...templates().keys()])('%s is well-formed, and as it is made', (name) => {
  expect(read(name)).toBe(templates().get(name));
  expect(faultOf(read(name))).toBeNull();
});

describe('the template', () => {
  test('sets exactly the values that are read, under the key that is read', () => {
    expect([...new Set(matches(admx, /valueName="(\w+)"/g))]).toEqual(Object.keys(managedSchema));
    expect(valueNames).toEqual(Object.keys(managedSchema));
    expect(new Set(matches(admx, / key="([^"]+)"/g))).toEqual(new Set([product.policyKey]));
    expect(matches(admx, /class="(\w+)"/g).every((one) => one === 'Machine')).toBe(true);
  });

  test('offers exactly the words and numbers that are understood', () => {
    const words = matches(admx, /<string>(\w+)<\/string>/g);
    expect(words).toEqual([...modeNames, 'allow', 'block']);
    for (const word of modeNames) expect(readManagedSettings({ Mode: word }).mode).toBe(word);
    for (const [lock, name] of Object.entries(lockValues)) {
      expect([...readManagedSettings({ [name]: 1 }).locked]).toEqual([lock]);
      expect([...readManagedSettings({ [name]: 0 }).locked]).toEqual([]);
    }
  });
});

describe.each(languages.map(({ name }) => name))('the words of %s', (name) => {
  const adml = read(`${name}/portreeve.adml`);

  test('are there for all that the template names, and no others', () => {
    const wanted = new Set(matches(admx, /\$\(string\.(\w+)\)/g));
    expect(new Set(matches(adml, /<string id="(\w+)">/g))).toEqual(wanted);
    const presentations = new Set(matches(admx, /\$\(presentation\.(\w+)\)/g));
    expect(new Set(matches(adml, /<presentation id="(\w+)">/g))).toEqual(presentations);
    expect(new Set(matches(adml, /refId="(\w+)"/g))).toEqual(
      new Set(matches(admx, /<(?:enum|text) id="(\w+)"/g)),
    );
  });

  test('are not empty', () => {
    expect(matches(adml, /<string id="\w+">([^<]*)</g).every((text) => text.length > 1)).toBe(true);
  });
});
