/**
 * The tables of the journal's file. Lines are many and alike, so a line says only when and how often; what was connected to
 * what, and how that ended, is in its tally. A search looks through the tallies, whose number grows with what programs do
 * and not with how long they have been doing it (docs/adr/0045-the-journal-has-a-file-of-its-own.md).
 */

/** "PTRJ": tells our journals from other SQLite files. */
export const JOURNAL_ID = 0x5054524a;
/** Of the tables. Another one is put aside, and a new journal begins. */
export const JOURNAL_VERSION = 2;

/** Keys, names and paths are UTF-16LE, so that lone surrogates survive; `words` is what a search looks at, in lower case. */
export const journalTables = `
  CREATE TABLE app (
    app_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key BLOB NOT NULL,
    name BLOB NOT NULL,
    subject_path BLOB NOT NULL,
    path BLOB NOT NULL,
    words TEXT NOT NULL,
    UNIQUE (kind, key, path)
  ) STRICT;

  -- No name is ''.
  CREATE TABLE target (
    target_id INTEGER PRIMARY KEY,
    address TEXT NOT NULL,
    host_name TEXT NOT NULL,
    words TEXT NOT NULL,
    UNIQUE (address, host_name)
  ) STRICT;

  -- No rule is 0, no standard user ''. The process is that of the last line.
  CREATE TABLE tally (
    tally_id INTEGER PRIMARY KEY,
    app_id INTEGER NOT NULL REFERENCES app,
    target_id INTEGER NOT NULL REFERENCES target,
    direction TEXT NOT NULL CHECK (direction IN ('outbound', 'inbound')),
    port INTEGER NOT NULL,
    protocol INTEGER NOT NULL,
    loopback INTEGER NOT NULL CHECK (loopback IN (0, 1)),
    verdict TEXT NOT NULL CHECK (verdict IN ('allow', 'block')),
    decided_by TEXT NOT NULL CHECK (decided_by IN ('rule', 'answer', 'mode', 'driver')),
    rule_id INTEGER NOT NULL,
    answered_by TEXT NOT NULL,
    lines INTEGER NOT NULL,
    connections INTEGER NOT NULL,
    last_line_id INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    process_id INTEGER NOT NULL,
    process_created INTEGER NOT NULL,
    UNIQUE (app_id, target_id, direction, port, protocol, loopback, verdict, decided_by, rule_id, answered_by)
  ) STRICT;
  CREATE INDEX tally_by_target ON tally (target_id);
  CREATE INDEX tally_by_age ON tally (last_line_id);
  CREATE INDEX tally_without_lines ON tally (tally_id) WHERE lines = 0;

  -- Ids have no gaps: lines go from the oldest end only.
  CREATE TABLE line (
    line_id INTEGER PRIMARY KEY,
    tally_id INTEGER NOT NULL REFERENCES tally,
    at INTEGER NOT NULL,
    count INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX line_by_tally ON line (tally_id);

  CREATE TRIGGER line_goes AFTER DELETE ON line BEGIN
    UPDATE tally SET lines = lines - 1, connections = connections - old.count
      WHERE tally_id = old.tally_id;
  END;
`;

export const PUT_APP = `
  INSERT INTO app (kind, key, name, subject_path, path, words) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (kind, key, path) DO UPDATE SET
    name = excluded.name, subject_path = excluded.subject_path, words = excluded.words
  RETURNING app_id`;
export const PUT_TARGET = `
  INSERT INTO target (address, host_name, words) VALUES (?, ?, ?)
  ON CONFLICT (address, host_name) DO UPDATE SET words = excluded.words RETURNING target_id`;
export const PUT_TALLY = `
  INSERT INTO tally (app_id, target_id, direction, port, protocol, loopback, verdict, decided_by, rule_id,
    answered_by, lines, connections, last_line_id, last_at, process_id, process_created)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET lines = lines + 1, connections = connections + excluded.connections,
    last_line_id = excluded.last_line_id, last_at = excluded.last_at,
    process_id = excluded.process_id, process_created = excluded.process_created
  RETURNING tally_id`;
export const INSERT_LINE = 'INSERT INTO line (line_id, tally_id, at, count) VALUES (?, ?, ?, ?)';
/** Asked for one by one: SQLite finds one end at once, and both only by reading everything. */
export const SELECT_ENDS =
  'SELECT (SELECT min(line_id) FROM line) AS first, (SELECT max(line_id) FROM line) AS last';

/** All but the newest lines, then what is left without one. */
export const TRIM_LINES = 'DELETE FROM line WHERE line_id <= (SELECT max(line_id) FROM line) - ?';
export const TRIM_TALLIES = 'DELETE FROM tally WHERE lines = 0 RETURNING app_id, target_id';
export const TRIM_APP = `
  DELETE FROM app WHERE app_id = ? AND NOT EXISTS (SELECT 1 FROM tally WHERE tally.app_id = app.app_id)`;
export const TRIM_TARGET = `
  DELETE FROM target WHERE target_id = ?
    AND NOT EXISTS (SELECT 1 FROM tally WHERE tally.target_id = target.target_id)`;

const WHAT = `
  kind, key, name, subject_path, app.path AS app_path, address, host_name, direction, port, protocol, loopback,
  verdict, decided_by, rule_id, answered_by, CAST(process_id AS TEXT) AS id, CAST(process_created AS TEXT) AS created`;
const OF_TALLY = 'JOIN app USING (app_id) JOIN target USING (target_id)';

/** Whole lines of those that the query `chosen` chooses, newest first. It gives line_id, tally_id, at and count. */
export function selectLines(chosen: string): string {
  return `
    SELECT chosen.line_id, chosen.at, chosen.count, ${WHAT}
    FROM (${chosen}) AS chosen JOIN tally USING (tally_id) ${OF_TALLY} ORDER BY chosen.line_id DESC`;
}

export const SELECT_NEWEST = selectLines(
  'SELECT * FROM line WHERE line_id < ? ORDER BY line_id DESC LIMIT ?',
);
export const SELECT_ONE = selectLines('SELECT * FROM line WHERE line_id = ?');
/** As lines: each with all its connections, at the time of the last. */
export const SELECT_TALLIES = `
  SELECT last_line_id AS line_id, last_at AS at, connections AS count, ${WHAT}
  FROM (SELECT * FROM tally ORDER BY last_line_id DESC LIMIT ?) ${OF_TALLY} ORDER BY last_line_id DESC`;
