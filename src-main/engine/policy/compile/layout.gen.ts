/** Made from driver/protocol/portreeve_wire.h by `npm run protocol`. Do not edit. */
export const PROTOCOL_VERSION = 1;
export const MAX_PATH_BYTES = 8192;
export const MAX_TABLE_BYTES = 67108864;
export const MAX_MAP_BYTES = 1048576;
export const MAX_PATH_BUCKET = 16;
export const KIND_TABLE = 14;
export const RULE_ASK = 0;
export const RULE_ALLOW = 1;
export const RULE_BLOCK = 2;
export const TABLE_MAP_ASK = 4294967295;
export const MAP_NO_RULE = 4294967295;
export const MAP_LIST = 2147483648;

/** struct pr_table: places of its fields, in 32-bit words. */
export const TABLE = {
  words: 80,
  header: 0,
  version: 2,
  subjectCount: 4,
  ruleCount: 5,
  bucketCount: 6,
  pathCount: 7,
  mapBytes: 8,
  textUnits: 9,
  pathSeed: 10,
  reserved: 11,
  everybody: 12,
  protocolClass: 16,
} as const;

/** struct pr_table_subject: places of its fields, in 32-bit words. */
export const TABLE_SUBJECT = {
  words: 4,
  id: 0,
  map: 1,
  ruleFirst: 2,
  ruleCount: 3,
} as const;

/** struct pr_table_rule: places of its fields, in 32-bit words. */
export const TABLE_RULE = {
  words: 3,
  ruleId: 0,
  rank: 1,
  outcome: 2,
} as const;

/** struct pr_table_path: places of its fields, in 32-bit words. */
export const TABLE_PATH = {
  words: 4,
  hash: 0,
  subject: 1,
  text: 2,
  units: 3,
} as const;
