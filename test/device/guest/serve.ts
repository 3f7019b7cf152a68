/**
 * The guest's side of ../peer.ts. Commands come as lines of FOLDER/in, replies and events go out as lines of FOLDER/out: under
 * Wine, Node has no pipes, but files work.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';

const POLL_MS = 5;

export type Tell = (event: Record<string, unknown>) => void;
export type Commands = Readonly<Record<string, (input: never) => Promise<unknown>>>;

interface Command {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

/** Tells the host something, through this folder. */
export function tellThrough(folder: string): Tell {
  return (line) => {
    const text = JSON.stringify(line, (_, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    );
    appendFileSync(`${folder}/out`, `${text}\n`);
  };
}

/** Does what the host says, until it says `exit` or ends the process. */
export function serve(folder: string, tell: Tell, more: Commands): void {
  const commands: Commands = { ping: () => Promise.resolve(process.pid), exit, ...more };
  let seen = 0;
  /** Lines that are not finished yet are left for the next time. */
  const poll = (): void => {
    const lines = readFileSync(`${folder}/in`, 'utf8').split('\n').slice(0, -1);
    for (const line of lines.slice(seen)) void obey(JSON.parse(line) as Command, commands, tell);
    seen = lines.length;
  };
  writeFileSync(`${folder}/ready`, String(process.pid));
  setInterval(poll, POLL_MS);
}

async function obey({ id, name, input }: Command, commands: Commands, tell: Tell): Promise<void> {
  try {
    const run = commands[name] as (value: unknown) => Promise<unknown>;
    tell({ id, result: (await run(input)) ?? null });
  } catch (error) {
    tell({ id, error: String(error) });
  }
}

function exit(): Promise<null> {
  setTimeout(() => process.exit(0), 0);
  return Promise.resolve(null);
}
