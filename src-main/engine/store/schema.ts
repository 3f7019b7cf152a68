/** The tables, as migrations: entry N brings a store from version N to N + 1. Never change one that was released. */

/** "PTRV": tells our files from other SQLite files. */
export const APPLICATION_ID = 0x50545256;

const first = `
  -- Whom rules are about. Keys and paths are UTF-16LE, so that lone surrogates survive.
  CREATE TABLE subject (
    subject_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN
      ('path', 'signer', 'service', 'package', 'interpreter-script', 'hash', 'anything')),
    key BLOB NOT NULL,
    name BLOB NOT NULL,
    path BLOB NOT NULL,
    UNIQUE (kind, key)
  ) STRICT;

  CREATE TABLE rule (
    rule_id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject_id INTEGER NOT NULL REFERENCES subject,
    verdict TEXT NOT NULL CHECK (verdict IN ('allow', 'block')),
    scope TEXT NOT NULL CHECK (scope IN ('address-port', 'address', 'anything')),
    direction TEXT NOT NULL CHECK (direction IN ('outbound', 'inbound')),
    address TEXT CHECK ((address IS NULL) = (scope = 'anything')),
    port INTEGER CHECK ((port IS NULL) = (scope <> 'address-port')),
    protocol INTEGER CHECK ((protocol IS NULL) = (scope <> 'address-port')),
    lifetime TEXT NOT NULL CHECK (lifetime IN ('while-it-runs', 'until-restart', 'always')),
    boot_id TEXT CHECK ((boot_id IS NULL) = (lifetime = 'always')),
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    created_at INTEGER NOT NULL,
    hits INTEGER NOT NULL,
    last_used_at INTEGER
  ) STRICT;
  CREATE INDEX rule_by_subject ON rule (subject_id);

  -- The processes of a 'while-it-runs' rule; 64-bit values are stored as the signed integers of the same bits.
  CREATE TABLE rule_process (
    rule_id INTEGER NOT NULL REFERENCES rule ON DELETE CASCADE,
    process_id INTEGER NOT NULL,
    process_created INTEGER NOT NULL,
    PRIMARY KEY (rule_id, process_id, process_created)
  ) STRICT, WITHOUT ROWID;

  -- What was decided while nobody could be asked, counted.
  CREATE TABLE away (
    away_id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject_id INTEGER NOT NULL REFERENCES subject,
    remembered INTEGER NOT NULL CHECK (remembered IN (0, 1)),
    direction TEXT NOT NULL CHECK (direction IN ('outbound', 'inbound')),
    address TEXT NOT NULL,
    port INTEGER NOT NULL,
    protocol INTEGER NOT NULL,
    loopback INTEGER NOT NULL CHECK (loopback IN (0, 1)),
    verdict TEXT NOT NULL CHECK (verdict IN ('allow', 'block')),
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX away_by_subject ON away (subject_id);

  CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO counter VALUES ('away_lost', 0);
`;

export const migrations: readonly string[] = [first];
