/**
 * The file that rules are exported to and imported from. This schema is the only description of it; docs/rules-file.schema.json
 * is `jsonSchema()`, which a test holds to. Text is text: lone surrogates of a path are JSON escapes.
 */
import { z } from 'zod';

import type { Rule } from '../policy/rule.ts';

export const FORMAT_VERSION = 1;
export const MAX_RULES = 100_000;
/** Characters of a file. */
export const MAX_TEXT = 16 * 2 ** 20;
const MAX_PATH = 32_767;

const port = z.int().min(0).max(65_535);
const hostName = z.string().min(1).max(253);
const address = z.string().min(2).max(64);

const place = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['anything', 'loopback', 'lan']) }),
  z.strictObject({ kind: z.literal('address'), address }),
  z.strictObject({ kind: z.literal('range'), first: address, last: address }),
  z.strictObject({ kind: z.enum(['host', 'domain']), name: hostName }),
]);

const network = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('profile'),
    profile: z.enum(['public', 'private', 'domain']),
  }),
  z.strictObject({ kind: z.literal('network'), id: z.string().min(1).max(256) }),
]);

const subject = z.strictObject({
  kind: z.enum([
    'path',
    'path-pattern',
    'signer',
    'service',
    'package',
    'interpreter-script',
    'hash',
    'anything',
  ]),
  key: z.string().max(2 * MAX_PATH),
  name: z.string().max(MAX_PATH),
  path: z.string().max(2 * MAX_PATH),
});

/** A rule that holds always: the others belong to one start, sign-in or process, and mean nothing elsewhere. */
const rule = z.strictObject({
  subject,
  withChildren: z.boolean(),
  verdict: z.enum(['allow', 'block', 'drop']),
  place,
  ports: z
    .array(z.strictObject({ first: port, last: port }))
    .min(1)
    .max(256)
    .nullable(),
  protocol: z.int().min(0).max(255).nullable(),
  direction: z.enum(['outbound', 'inbound', 'both']),
  network: network.nullable(),
  enabled: z.boolean(),
  note: z.string().max(2000),
});

export const rulesFile = z.strictObject({
  format: z.literal('portreeve-rules'),
  version: z.literal(FORMAT_VERSION),
  rules: z.array(rule).max(MAX_RULES),
});

export type RulesFile = z.infer<typeof rulesFile>;
export type FileRule = RulesFile['rules'][number];

/** One rule per line, so that two files can be compared. */
export function writeRules(rules: readonly Rule[]): string {
  const lines = rules.map((one) => `    ${JSON.stringify(fileRule(one))}`);
  const head = `  "format": "portreeve-rules",\n  "version": ${FORMAT_VERSION},`;
  return `{\n${head}\n  "rules": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

function fileRule({ subject, enabled, note, ...terms }: Rule): FileRule {
  const { withChildren, verdict, place, ports, protocol, direction, network } = terms;
  return {
    subject,
    withChildren,
    verdict,
    place,
    ports: ports === null ? null : [...ports],
    protocol,
    direction,
    network,
    enabled,
    note,
  };
}

/** As JSON Schema (draft 2020-12), for editors and other programs. */
export function jsonSchema(): string {
  const title = 'Rules of Portreeve, as exported and imported';
  return `${JSON.stringify({ title, ...z.toJSONSchema(rulesFile) }, null, 2)}\n`;
}
