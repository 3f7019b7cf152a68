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

/**
 * Rules that say more: whom, where, on which network, for how long, who made them. SQLite cannot change a CHECK, so the
 * tables are made anew and filled from the old ones, children first out, parents first in.
 */
const second = `
  CREATE TABLE subject_2 (
    subject_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('path', 'path-pattern', 'signer', 'service', 'package',
      'interpreter-script', 'hash', 'anything')),
    key BLOB NOT NULL,
    name BLOB NOT NULL,
    path BLOB NOT NULL,
    UNIQUE (kind, key)
  ) STRICT;
  INSERT INTO subject_2 SELECT * FROM subject;

  -- Addresses are canonical text, in a range the first and the last; names are lower case ASCII. Ports: '80,8000-8080'.
  CREATE TABLE rule_2 (
    rule_id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject_id INTEGER NOT NULL REFERENCES subject_2,
    with_children INTEGER NOT NULL CHECK (with_children IN (0, 1)),
    verdict TEXT NOT NULL CHECK (verdict IN ('allow', 'block', 'drop')),
    place TEXT NOT NULL
      CHECK (place IN ('anything', 'loopback', 'lan', 'address', 'range', 'host', 'domain')),
    address TEXT CHECK ((address IS NULL) = (place NOT IN ('address', 'range'))),
    last_address TEXT CHECK ((last_address IS NULL) = (place <> 'range')),
    host_name TEXT CHECK ((host_name IS NULL) = (place NOT IN ('host', 'domain'))),
    ports TEXT CHECK (ports <> ''),
    protocol INTEGER CHECK (protocol BETWEEN 0 AND 255),
    direction TEXT NOT NULL CHECK (direction IN ('outbound', 'inbound', 'both')),
    network_kind TEXT CHECK (network_kind IN ('profile', 'network')),
    network TEXT CHECK ((network IS NULL) = (network_kind IS NULL)
      AND (network_kind <> 'profile' OR network IN ('public', 'private', 'domain'))),
    lifetime TEXT NOT NULL CHECK (lifetime IN
      ('while-it-runs', 'minutes', 'until-sign-out', 'until-restart', 'always')),
    boot_id TEXT CHECK ((boot_id IS NULL) = (lifetime NOT IN ('while-it-runs', 'until-restart'))),
    sign_in_id TEXT CHECK ((sign_in_id IS NULL) = (lifetime <> 'until-sign-out')),
    until INTEGER CHECK ((until IS NULL) = (lifetime <> 'minutes')),
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    note TEXT NOT NULL DEFAULT '',
    origin TEXT NOT NULL DEFAULT 'prompt'
      CHECK (origin IN ('prompt', 'person', 'learned', 'imported', 'factory')),
    asked_address TEXT,
    asked_name TEXT CHECK (asked_name IS NULL OR asked_address IS NOT NULL),
    asked_port INTEGER CHECK ((asked_port IS NULL) = (asked_address IS NULL)),
    asked_protocol INTEGER CHECK ((asked_protocol IS NULL) = (asked_address IS NULL)),
    asked_direction TEXT CHECK (asked_direction IN ('outbound', 'inbound')),
    asked_loopback INTEGER CHECK (asked_loopback IN (0, 1)),
    factory_id TEXT UNIQUE CHECK ((factory_id IS NULL) = (origin <> 'factory')),
    needs_review INTEGER NOT NULL DEFAULT 0 CHECK (needs_review IN (0, 1)),
    created_at INTEGER NOT NULL,
    edited_at INTEGER,
    hits INTEGER NOT NULL,
    last_used_at INTEGER
  ) STRICT;
  INSERT INTO rule_2 (rule_id, subject_id, with_children, verdict, place, address, ports, protocol,
      direction, lifetime, boot_id, enabled, created_at, hits, last_used_at)
    SELECT rule_id, subject_id, 0, verdict, iif(scope = 'anything', 'anything', 'address'), address,
      CAST(port AS TEXT), protocol, direction, lifetime, boot_id, enabled, created_at, hits,
      last_used_at FROM rule;
  -- An id is never used twice, also not that of a rule which is gone.
  DELETE FROM sqlite_sequence WHERE name = 'rule_2';
  INSERT INTO sqlite_sequence SELECT 'rule_2', seq FROM sqlite_sequence WHERE name = 'rule';

  CREATE TABLE rule_process_2 (
    rule_id INTEGER NOT NULL REFERENCES rule_2 ON DELETE CASCADE,
    process_id INTEGER NOT NULL,
    process_created INTEGER NOT NULL,
    PRIMARY KEY (rule_id, process_id, process_created)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO rule_process_2 SELECT * FROM rule_process;

  CREATE TABLE away_2 (
    away_id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject_id INTEGER NOT NULL REFERENCES subject_2,
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
    last_at INTEGER NOT NULL,
    host_name TEXT
  ) STRICT;
  INSERT INTO away_2 SELECT *, NULL FROM away;

  DROP TABLE rule_process;
  DROP TABLE rule;
  DROP TABLE away;
  DROP TABLE subject;
  ALTER TABLE subject_2 RENAME TO subject;
  ALTER TABLE rule_2 RENAME TO rule;
  ALTER TABLE rule_process_2 RENAME TO rule_process;
  ALTER TABLE away_2 RENAME TO away;
  CREATE INDEX rule_by_subject ON rule (subject_id);
  CREATE INDEX away_by_subject ON away (subject_id);

  -- What the program keeps by name, as JSON: the mode and its pauses.
  CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- Connections that were decided, the newest of them: what a draft would have changed is looked up here.
  CREATE TABLE journal (
    journal_id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject_id INTEGER NOT NULL REFERENCES subject,
    at INTEGER NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('outbound', 'inbound')),
    address TEXT NOT NULL,
    host_name TEXT,
    port INTEGER NOT NULL,
    protocol INTEGER NOT NULL,
    loopback INTEGER NOT NULL CHECK (loopback IN (0, 1)),
    path BLOB NOT NULL,
    process_id INTEGER NOT NULL,
    process_created INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('allow', 'block')),
    decided_by TEXT NOT NULL CHECK (decided_by IN ('rule', 'answer', 'mode', 'driver')),
    rule_id INTEGER,
    count INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX journal_by_subject ON journal (subject_id);
`;

const third = `
  -- Subscriptions; the lists themselves are files beside the store.
  CREATE TABLE subscription (
    list_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    source TEXT NOT NULL UNIQUE,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    etag TEXT,
    last_modified TEXT,
    updated_at INTEGER,
    checked_at INTEGER,
    failure TEXT
  ) STRICT;
`;

export const migrations: readonly string[] = [first, second, third];
