/** What a bill of materials has to look like: CycloneDX 1.5 (ECMA-424). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type AnySchemaObject } from 'ajv';

import { lockedPackage } from '../../scripts/packages.ts';

/** The schema as OWASP publishes it with its library. */
export async function cycloneDx() {
  const library = await lockedPackage(
    '@cyclonedx/cyclonedx-library',
    'test/installer/packages/package-lock.json',
  );
  const schema = (name: string): AnySchemaObject =>
    JSON.parse(
      readFileSync(path.join(library, `res/schema/${name}.SNAPSHOT.schema.json`), 'utf8'),
    ) as AnySchemaObject;
  // Formats of texts are checked by a package of their own; everything else is in the schema.
  const ajv = new Ajv({ strict: false, validateFormats: false, addUsedSchema: false });
  ajv.addSchema(schema('spdx'), 'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json');
  ajv.addSchema(schema('jsf-0.82'), 'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json');
  return ajv.compile(schema('bom-1.5'));
}
