/**
 * What a user has chosen about Portreeve itself, in a file beside the rules: it is needed before the rules can be read, and
 * where they cannot be.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

import type { Result } from '../../src-preload/contract/model.ts';
import type { Appearance } from '../../src-preload/contract/upkeep.ts';
import { replaceFile } from '../engine/durable-file.ts';
import type { Log } from '../engine/ports.ts';
import { done, refuse } from '../engine/result.ts';

export interface Preferences {
  readonly appearance: Appearance;
  /** Whether newer versions of Portreeve are looked for. */
  readonly updates: boolean;
  /** Whether standard users may look at mode and rules. */
  readonly onlookers: boolean;
  /** Whether they may answer for their own programs: then Portreeve runs as a service. */
  readonly answerers: boolean;
}

export interface PreferencesFile {
  readonly now: Preferences;
  /** On the disk before it counts. */
  change(part: Partial<Preferences>): Result<null>;
  /** Called after each change. */
  onChange(listener: () => void): void;
}

export const asTheSystem: Appearance = { theme: 'system', language: 'system' };
const fileName = 'preferences.json';
const notSaved = 'The settings could not be saved; nothing was changed. Is the disk full?';

/** A value that nobody knows, of a newer version or a damaged file, is the usual one; the others count. */
const schema = z.object({
  appearance: z
    .object({
      theme: z.enum(['system', 'light', 'dark']).catch('system'),
      language: z.enum(['system', 'en', 'zh-CN']).catch('system'),
    })
    .catch(asTheSystem),
  updates: z.boolean().catch(false),
  onlookers: z.boolean().catch(false),
  answerers: z.boolean().catch(false),
});

export function openPreferences(folder: string, log: Log): PreferencesFile {
  const file = path.join(folder, fileName);
  const listeners: (() => void)[] = [];
  let now = read(file, log);
  return {
    get now() {
      return now;
    },
    change(part) {
      const next = { ...now, ...part };
      try {
        replaceFile(file, Buffer.from(`${JSON.stringify(next, null, 2)}\n`));
      } catch (error) {
        log.warn(`The preferences were not saved: ${String(error)}`);
        return refuse('not-written', notSaved);
      }
      now = next;
      for (const listener of listeners) listener();
      return done(null);
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

function read(file: string, log: Log): Preferences {
  const usual = schema.parse({});
  try {
    return schema.catch(usual).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (!isMissing(error)) log.warn(`The preferences could not be read: ${String(error)}`);
    return usual;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
