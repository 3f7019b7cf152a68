/** What a command works with: a session, checked calls, and a way to say things. */
import type { Readable } from 'node:stream';
import type { InputOf, OutputOf } from '../../src-preload/contract/calls.ts';
import type { CommandLineCall } from '../../src-preload/contract/command-line.ts';
import type { RuleView } from '../../src-preload/contract/rules.ts';
import { callSchemas } from '../ipc/schemas.ts';
import { Failure, exitCodes, valueOf, wrongInput } from './failure.ts';
import { type Printer, jsonText } from './output.ts';
import type { Session } from './session.ts';

/** As many as the contract gives at once. */
const PAGE = 500;

export interface ContextParts {
  readonly session: Session;
  readonly stateFolder: string;
  readonly isJson: boolean;
  readonly stdin: Readable;
  readonly out: Printer;
  /** Prints a line that is not part of the output. */
  readonly say: (line: string) => void;
}

export class Context {
  readonly stateFolder: string;
  readonly isJson: boolean;
  readonly stdin: Readable;
  readonly out: Printer;
  readonly say: (line: string) => void;
  readonly #session: Session;

  constructor({ session, stateFolder, isJson, stdin, out, say }: ContextParts) {
    this.#session = session;
    this.stateFolder = stateFolder;
    this.isJson = isJson;
    this.stdin = stdin;
    this.out = out;
    this.say = say;
  }

  /** The version of the Portreeve that runs; null while none does. */
  get running(): string | null {
    return this.#session.running;
  }

  /** Throws `Failure`. */
  async call<Name extends CommandLineCall>(
    name: Name,
    input: InputOf<Name>,
  ): Promise<OutputOf<Name>> {
    const checked = callSchemas[name].safeParse(input);
    const issue = checked.error?.issues[0];
    if (issue !== undefined)
      throw wrongInput(`${issue.path.map(String).join('.')}: ${issue.message}.`);
    return valueOf(await this.#session.call(name, input));
  }

  /** The value for programs, or the text for people. */
  show(value: unknown, text: () => string): Promise<void> {
    return this.out.print(this.isJson ? `${jsonText(value)}\n` : text());
  }

  /** All rules with this text in them, newest first, page after page. A change in between is not noticed. */
  async *rules(text = ''): AsyncGenerator<readonly RuleView[]> {
    for (let offset = 0; ; offset += PAGE) {
      // oxlint-disable-next-line no-await-in-loop -- a reader who stops early asks for no more
      const page = await this.call('listRules', { text, offset, limit: PAGE });
      if (page.rules.length > 0) yield page.rules;
      if (offset + page.rules.length >= page.total || page.rules.length === 0) return;
    }
  }

  /** The rules of these ids, in their order. Throws `Failure` when one of them is not there. */
  async rulesOf(ids: readonly string[]): Promise<RuleView[]> {
    const found = new Map<string, RuleView>();
    const wanted = new Set(ids);
    for await (const page of this.rules()) {
      for (const rule of page) if (wanted.has(rule.ruleId)) found.set(rule.ruleId, rule);
      if (found.size === wanted.size) break;
    }
    const missing = [...wanted].filter((id) => !found.has(id));
    if (missing.length > 0) throw noRule(missing);
    return [...found.values()];
  }
}

function noRule(ids: readonly string[]): Failure {
  const which = ids.length === 1 ? `rule ${ids[0]}` : `rules ${ids.join(', ')}`;
  return new Failure(exitCodes.notFound, `There is no ${which}; nothing was changed.`);
}
