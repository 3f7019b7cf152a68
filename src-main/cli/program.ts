/** The commands, as commander reads them: what each takes, and its help. What they do is in commands/. */
import tab from '@bomb.sh/tab/commander';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { ModeName, RuleVerdict } from '../../src-preload/contract/rules.ts';
import {
  type ExportOptions,
  type ImportOptions,
  exportRules,
  importRules,
} from './commands/exchange.ts';
import { explain, rehearse } from './commands/reasons.ts';
import {
  addRule,
  enableRules,
  listRules,
  removeRules,
  showFindings,
  undo,
} from './commands/rules.ts';
import {
  listBackups,
  mode,
  pause,
  restoreBackup,
  resume,
  showJournal,
  showStatus,
} from './commands/whole.ts';
import type { Context } from './context.ts';
import { type ConnectionOptions, type RuleOptions, kept, protocolNames } from './written.ts';

/** Opens a session, lets the command work, and closes it. */
export type Runner = (work: (context: Context) => Promise<void>) => Promise<void>;

const verdicts = ['allow', 'block', 'drop'] as const;
const modes = ['ask', 'learn', 'block', 'lockdown'] as const;
const directions = ['outbound', 'inbound', 'both'] as const;

const exitHelp = `
Exit codes: 0 done, 1 an error of Portreeve's own, 2 wrong input, 3 not found, 4 the rules cannot be used,
5 Portreeve must not be talked to. With 2, 3 and 5 nothing was changed.
`;

export function buildProgram(run: Runner, version: string): Command {
  const program = new Command('portreeve')
    .description('Rules, modes and the journal of Portreeve, also while it does not run')
    .version(version)
    .option('--state <folder>', 'folder of the rules')
    .option('--json', 'print JSON for other programs')
    .addHelpText('after', exitHelp)
    .showSuggestionAfterError();
  addRuleCommands(program.command('rules').description('what may connect where'), run);
  addModeCommands(program, run);
  addOtherCommands(program, run);
  tab(program, { completionCommandName: 'completion' });
  return program;
}

function addRuleCommands(rules: Command, run: Runner): void {
  rules
    .command('list')
    .description('list rules, the newest first')
    .argument('[text]', 'only those with this text in program, place or note')
    .option('--limit <count>', 'at most so many', countFrom)
    .action((text: string | undefined, { limit }: { limit?: number }) =>
      run((context) => listRules(context, text ?? '', limit ?? Number.MAX_SAFE_INTEGER)),
    );
  ruleOptions(rules.command('add'))
    .description('make a rule')
    .addHelpText('after', addHelp)
    .action((verdict: RuleVerdict, options: RuleOptions) =>
      run((context) => addRule(context, verdict, options)),
    );
  ruleOptions(rules.command('rehearse'))
    .description('tell what a rule would have changed, without making it')
    .action((verdict: RuleVerdict, options: RuleOptions) =>
      run((context) => rehearse(context, verdict, options)),
    );
  addIdCommands(rules, run);
  addReasonCommands(rules, run);
  addExchangeCommands(rules, run);
}

const addHelp = `
A place is an address, a range (10.0.0.0/8, 10.0.0.1-10.0.0.9), a host name, "*." and a domain, "this computer" or
"local networks". Examples:
  portreeve rules add allow --program /usr/bin/curl --to example.org --port 443 --lifetime always
  portreeve rules add block --everybody --to '*.ads.example'
  portreeve rules add allow --program /usr/bin/python3 --script backup.py --to 10.0.0.5 --lifetime 2h
`;

function ruleOptions(command: Command): Command {
  return command
    .addArgument(
      new Argument('<verdict>', 'drop lets the program wait instead of telling it').choices(
        verdicts,
      ),
    )
    .option('--program <path>', 'for the program at this path')
    .option('--script <path>', 'with --program: only when it runs this script')
    .option('--pattern <pattern>', 'for every path like this: {version}, or * within a name')
    .option('--hash <sha256>', 'for these very bytes')
    .option('--service <name>', 'for a Windows service')
    .option('--package <name>', 'for a Store app')
    .option('--everybody', 'for every program')
    .option('--and-children', 'also for what it starts')
    .option('--to <place>', 'where (without: anywhere)')
    .option('--port <ports>', 'ports of the other side, such as 80,8000-8080')
    .addOption(protocolOption('any'))
    .addOption(directionOption())
    .option(
      '--network <network>',
      'only on public, private or domain networks, or the one of this id',
    )
    .option(
      '--lifetime <time>',
      `${kept.join(', ')}, or a time such as 30m, 2h, 7d (default: always)`,
    )
    .option('--note <text>', 'what it is for');
}

function protocolOption(usual: string): Option {
  return new Option(
    '--protocol <protocol>',
    `${protocolNames.join(', ')} or a number (default: ${usual})`,
  );
}

function directionOption(): Option {
  return new Option('--direction <direction>', 'who connects')
    .choices(directions)
    .default('outbound');
}

function addIdCommands(rules: Command, run: Runner): void {
  const ids = () => new Argument('<id...>', 'as "rules list" shows them').argParser(idsFrom);
  rules
    .command('remove')
    .description('remove rules; a copy is kept')
    .addArgument(ids())
    .action((some: string[]) => run((context) => removeRules(context, some)));
  rules
    .command('undo')
    .description('take the last change back')
    .argument('<undo>', 'as the change has told it')
    .action((undoId: string) => run((context) => undo(context, undoId)));
  for (const [name, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    rules
      .command(name)
      .description(enabled ? 'let rules decide again' : 'keep rules, but let them not decide')
      .addArgument(ids())
      .action((some: string[]) => run((context) => enableRules(context, some, enabled)));
  }
}

function addReasonCommands(rules: Command, run: Runner): void {
  rules
    .command('explain')
    .description('tell which rule decides a connection, and why others do not')
    .option('--program <path>', 'the program that connects')
    .option('--script <path>', 'the script that it runs')
    .option('--to <address>', 'the address')
    .option('--name <host>', 'the name that it looked up')
    .option('--port <port>', 'the port (default: 443)')
    .addOption(protocolOption('tcp'))
    .addOption(
      new Option('--direction <direction>', 'who connects').choices(['outbound', 'inbound']),
    )
    .action((options: ConnectionOptions) => run((context) => explain(context, options)));
  rules
    .command('findings')
    .description('find rules that do nothing, or nothing any more')
    .action(() => run(showFindings));
}

function addExchangeCommands(rules: Command, run: Runner): void {
  rules
    .command('export')
    .description('write the rules that hold always to a file')
    .argument('[file]', 'without, or with -, standard output')
    .option('--ids <ids>', 'only these, such as 3,4,5', (text) => idsFrom(text))
    .option('--force', 'replace the file when it is there')
    .action((file: string | undefined, options: ExportOptions) =>
      run((context) => exportRules(context, file, options)),
    );
  rules
    .command('import')
    .description('add the rules of a file: all of them, or none')
    .argument('<file>', '- for standard input')
    .option('--dry-run', 'tell what would change, and change nothing')
    .action((file: string, options: ImportOptions) =>
      run((context) => importRules(context, file, { ...options, input: context.stdin })),
    );
}

function addModeCommands(program: Command, run: Runner): void {
  program
    .command('mode')
    .description('show or set what happens to connections that no rule is about')
    .addArgument(new Argument('[mode]', 'without: show it').choices(modes))
    .option('--for <time>', 'then ask again, such as 30m, 2h, 7d')
    .action((name: ModeName | undefined, options: { for?: string }) =>
      run((context) => mode(context, name, options.for)),
    );
  program
    .command('pause')
    .description('let everything pass for a while, or the program of a rule')
    .option('--rule <id>', 'only its program', (text) => idsFrom(text)[0])
    .option('--for <time>', 'how long', '15m')
    .action((options: { rule?: string; for: string }) =>
      run((context) => pause(context, { rule: options.rule, time: options.for })),
    );
  program
    .command('resume')
    .description('end pauses')
    .argument('[pause]', 'without: all of them')
    .action((pauseId: string | undefined) => run((context) => resume(context, pauseId)));
}

function addOtherCommands(program: Command, run: Runner): void {
  program
    .command('status')
    .description('show what Portreeve does now')
    .action(() => run(showStatus));
  program
    .command('journal')
    .description('show what was decided, the newest first')
    .option('--limit <count>', 'at most so many', countFrom, 50)
    .action(({ limit }: { limit: number }) => run((context) => showJournal(context, limit)));
  const backups = program.command('backups').description('copies of the rules');
  backups
    .command('list', { isDefault: true })
    .description('list those that can be restored')
    .action(() => run(listBackups));
  backups
    .command('restore')
    .description('put a copy in the place of the rules')
    .argument('<backup>', 'as "backups list" shows it')
    .action((backupId: string) => run((context) => restoreBackup(context, backupId)));
}

/** Of one argument, those of earlier ones in front. */
function idsFrom(text: string, before: unknown = []): string[] {
  const ids = text.split(',');
  if (!ids.every((id) => /^[1-9]\d{0,14}$/.test(id))) {
    throw new InvalidArgumentError('An id is a number such as 12.');
  }
  return [...(Array.isArray(before) ? (before as string[]) : []), ...ids];
}

function countFrom(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a number from 1 on.');
  return Number(text);
}
