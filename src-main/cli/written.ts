/** A rule and a connection as somebody types them, made into the contract's inputs. Throws `Failure` for what is wrong. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import type {
  ConnectionInput,
  NetworkCondition,
  RuleInput,
  RuleVerdict,
  SubjectInput,
} from '../../src-preload/contract/rules.ts';
import { wrongInput } from './failure.ts';

/** The options that say whom a rule is for; at most one of the first six. */
export interface SubjectOptions {
  readonly program?: string;
  readonly pattern?: string;
  readonly hash?: string;
  readonly service?: string;
  readonly package?: string;
  readonly everybody?: boolean;
  /** With `program`. */
  readonly script?: string;
}

export interface RuleOptions extends SubjectOptions {
  readonly andChildren?: boolean;
  readonly to?: string;
  readonly port?: string;
  readonly protocol?: string;
  readonly direction?: string;
  readonly network?: string;
  readonly lifetime?: string;
  readonly note?: string;
}

export interface ConnectionOptions {
  readonly program?: string;
  readonly script?: string;
  readonly to?: string;
  readonly name?: string;
  readonly port?: string;
  readonly protocol?: string;
  readonly direction?: string;
}

/** Units of a time, in minutes. */
const units = new Map([
  ['m', 1],
  ['h', 60],
  ['d', 1440],
]);

/** IANA numbers of the protocols that have a name here. */
const protocolNumbers = new Map([
  ['tcp', 6],
  ['udp', 17],
  ['icmp', 1],
  ['icmpv6', 58],
]);
export const protocolNames: readonly string[] = [...protocolNumbers.keys(), 'any'];

export const kept = ['always', 'until-restart', 'until-sign-out'] as const;

export function ruleInput(verdict: RuleVerdict, options: RuleOptions): RuleInput {
  const { to = '', port = '', note = '', direction = 'outbound' } = options;
  return {
    subject: subjectInput(options),
    withChildren: options.andChildren === true,
    verdict,
    place: to,
    ports: port,
    protocol: protocolNumber(options.protocol ?? 'any'),
    direction: direction as RuleInput['direction'],
    network: networkOf(options.network),
    ...lifetimeOf(options.lifetime ?? 'always'),
    note,
  };
}

export function connectionInput(options: ConnectionOptions): ConnectionInput {
  const { program, to, port = '443', script = '', name = '', direction = 'outbound' } = options;
  if (program === undefined) throw wrongInput('Say which program: --program PATH.');
  if (to === undefined) throw wrongInput('Say which address: --to ADDRESS.');
  const number = /^\d{1,5}$/.test(port) ? Number(port) : Number.NaN;
  if (!(number <= 65_535)) throw wrongInput(`"${port}" is no port from 0 to 65535.`);
  return {
    path: programPath(program),
    script,
    address: to,
    hostName: name,
    port: number,
    protocol: protocolNumber(options.protocol ?? 'tcp') ?? 6,
    direction: direction as ConnectionInput['direction'],
  };
}

function subjectInput(options: SubjectOptions): SubjectInput {
  const { program, script, everybody } = options;
  const kinds = ['pattern', 'hash', 'service', 'package'] as const;
  const named = kinds.flatMap((kind) => {
    const text = options[kind];
    return text === undefined ? [] : [{ kind: kind === 'pattern' ? 'path-pattern' : kind, text }];
  });
  const all: SubjectInput[] = [
    ...(everybody === true ? [{ kind: 'anything' } as const] : []),
    ...(program === undefined ? [] : [programInput(programPath(program), script)]),
    ...(named as SubjectInput[]),
  ];
  const [first, second] = all;
  if (first === undefined || second !== undefined) {
    throw wrongInput(
      'Say whom the rule is for, with one of --program, --pattern, --hash, --service, --package or --everybody.',
    );
  }
  if (script !== undefined && program === undefined) {
    throw wrongInput('--script goes with the --program that runs it.');
  }
  return first;
}

function programInput(text: string, script: string | undefined): SubjectInput {
  if (script === undefined) return { kind: 'path', text };
  // What Python calls a module, such as "-m http.server", is no path.
  const named = script.startsWith('-') ? script : path.resolve(script);
  return { kind: 'interpreter-script', text, script: named };
}

/** As the system names a running program: links are followed, since it does so too. */
function programPath(text: string): string {
  if (!path.isAbsolute(text) && !/[/\\]/.test(text)) {
    throw wrongInput(`"${text}" is no path. Give the whole path of the program.`);
  }
  const full = path.resolve(text);
  try {
    return realpathSync(full);
  } catch {
    return full;
  }
}

function protocolNumber(text: string): number | null {
  const known = protocolNumbers.get(text);
  if (text === 'any') return null;
  const number = known ?? (/^\d{1,3}$/.test(text) ? Number(text) : Number.NaN);
  if (!(number <= 255)) {
    throw wrongInput(`"${text}" is no protocol. Try ${protocolNames.join(', ')} or a number.`);
  }
  return number;
}

function networkOf(text: string | undefined): NetworkCondition | null {
  if (text === undefined) return null;
  if (text === 'public' || text === 'private' || text === 'domain') {
    return { kind: 'profile', profile: text };
  }
  return { kind: 'network', id: text };
}

function lifetimeOf(text: string): Pick<RuleInput, 'lifetime' | 'minutes'> {
  const lifetime = kept.find((one) => one === text);
  if (lifetime !== undefined) return { lifetime, minutes: null };
  const minutes = minutesOf(text);
  if (minutes === null) {
    throw wrongInput(
      `"${text}" is no lifetime. Try ${kept.join(', ')}, or a time such as 30m, 2h or 7d.`,
    );
  }
  return { lifetime: 'minutes', minutes };
}

/** "30m", "2h" or "7d"; null for anything else. */
export function minutesOf(text: string): number | null {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const minutes = Number(count) * (units.get(unit) ?? Number.NaN);
  return minutes >= 1 ? minutes : null;
}
