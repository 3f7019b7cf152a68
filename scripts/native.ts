/**
 * Compiles the lab with the machine's own C compiler, incrementally: `build/lab/portreeve-lab`, and with sanitizers
 * `build/lab-asan` and `build/lab-tsan`. Also a program: `node scripts/native.ts [default|asan|tsan]`.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Variant = 'default' | 'asan' | 'tsan' | 'coverage';

export type LabBuild = { ok: true; program: string } | { ok: false; line: string };

/** What a program is made of; the lab itself unless a test asks for another. */
export interface NativeProgram {
  name: string;
  /** Folders and single files, relative to the repository. */
  sources: string[];
  /** More arguments for the compiler. */
  flags?: string[];
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const emulator = ['driver/lab/emulator', 'driver/lab/emulator/wdm', 'driver/lab/emulator/wfp'];
const frontDoors = ['driver/lab/main.c', 'driver/lab/frontdoors'];

/** The emulator with the real driver behind its doors. */
export const labProgram: NativeProgram = {
  name: 'portreeve-lab',
  sources: ['driver/core', 'driver/windows', 'driver/lockdown', ...emulator, ...frontDoors],
};

/** The emulator and its doors without a driver: for tests that bring their own. */
export const emulatorSources: string[] = [...emulator, ...frontDoors];

const includes = [
  'driver/lab/emulator/include',
  'driver/windows/ddk',
  'driver/protocol',
  'driver/core',
  'driver',
];

const commonFlags = [
  '-std=gnu17',
  '-fshort-wchar',
  '-D_GNU_SOURCE',
  '-Wall',
  '-Wextra',
  '-Wconversion',
  '-g',
  '-pthread',
  '-fno-strict-aliasing',
  '-MMD',
  ...(process.env['CI'] === 'true' ? ['-Werror'] : []),
];

/** The driver's random numbers begin with an address of its own: with this a seed gives the same run every time. */
const fixedPlaces = ['-fno-pie', '-no-pie'];

const variants: Record<Variant, { folder: string; flags: string[] }> = {
  default: { folder: 'build/lab', flags: ['-O2', ...fixedPlaces] },
  asan: {
    folder: 'build/lab-asan',
    flags: [
      '-O1',
      '-fno-omit-frame-pointer',
      '-fsanitize=address,undefined',
      '-fno-sanitize-recover=all',
      ...fixedPlaces,
    ],
  },
  tsan: { folder: 'build/lab-tsan', flags: ['-O1', '-fsanitize=thread'] },
  // clang's alone; see scripts/coverage.ts.
  coverage: {
    folder: 'build/lab-coverage',
    flags: ['-O1', '-fprofile-instr-generate', '-fcoverage-mapping', ...fixedPlaces],
  },
};

interface Step {
  output: string;
  arguments: string[];
}

type Outcome = { ok: true } | { ok: false; text: string; missing: boolean };

/** The C compiler: $CC, else cc. */
export function compiler(): string {
  return process.env['CC'] ?? 'cc';
}

function compile(parameters: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(compiler(), parameters, { cwd: root, maxBuffer: 1 << 24 }, (error, _out, text) => {
      const missing = error !== null && 'code' in error && error.code === 'ENOENT';
      resolve(error === null ? { ok: true } : { ok: false, text, missing });
    });
  });
}

function cFilesOf(source: string): string[] {
  const path = join(root, source);
  if (source.endsWith('.c')) return [source];
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith('.c'))
    .toSorted()
    .map((name) => `${source}/${name}`);
}

function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
}

/** The prerequisites that the compiler wrote down when it made `object`, or undefined when it never did. */
function prerequisitesOf(object: string): string[] | undefined {
  const file = object.replace(/\.o$/, '.d');
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8').replaceAll('\\\n', ' ');
  return text
    .slice(text.indexOf(':') + 1)
    .trim()
    .split(/\s+/);
}

function isFresh(object: string): boolean {
  const made = statSync(object, { throwIfNoEntry: false })?.mtimeMs;
  const needs = prerequisitesOf(object);
  if (made === undefined || needs === undefined) return false;
  return needs.every((path) => modifiedAt(join(root, path)) <= made);
}

function stepOf(source: string, objects: string, flags: string[]): Step {
  const output = join(objects, `${source.replaceAll('/', '-').replace(/\.c$/, '')}.o`);
  const include = includes.flatMap((folder) => ['-I', folder]);
  // How it is linked says nothing to the compiler, and clang minds.
  const own = flags.filter((flag) => flag !== '-no-pie');
  return { output, arguments: [...own, ...include, '-c', source] };
}

/** Another build may want the same object meanwhile: it never finds half of one. */
async function compileObject({ output, arguments: rest }: Step): Promise<Outcome> {
  const fresh = output.replace(/\.o$/, `.${process.pid}.new.o`);
  const outcome = await compile([...rest, '-o', relative(root, fresh)]);
  for (const ending of outcome.ok ? ['.d', '.o'] : []) {
    renameSync(fresh.replace(/\.o$/, ending), output.replace(/\.o$/, ending));
  }
  return outcome;
}

/** Runs the steps, as many at a time as there are processors; stops at the first that fails. */
async function runSteps(steps: Step[]): Promise<Outcome> {
  const queue = [...steps];
  let failure: Outcome = { ok: true };
  const worker = async (): Promise<void> => {
    for (let step = queue.shift(); step !== undefined && failure.ok; step = queue.shift()) {
      const outcome = await compileObject(step);
      if (!outcome.ok) failure = outcome;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return failure;
}

function failureLine(outcome: Outcome & { ok: false }, name: string): string {
  if (outcome.missing) {
    return 'no C compiler was found: install gcc (Debian: apt-get install build-essential), then try again.';
  }
  return `${name} could not be compiled:\n${outcome.text}`;
}

/** Where objects are that this compiler makes with these flags: programs share what they have in common. */
function objectsOf(folder: string, flags: string[]): string {
  const text = [compiler(), ...flags].join('\n');
  const name = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return join(root, folder, 'objects', name);
}

/**
 * Compiles and links `program` in `variant`; does nothing when it is fresh.
 * `say` gets one line when there is work. A failure's first line says what to do.
 */
export async function buildNative(
  program: NativeProgram,
  variant: Variant,
  say: (line: string) => void,
): Promise<LabBuild> {
  const { folder, flags } = variants[variant];
  const all = [...commonFlags, ...flags, ...(program.flags ?? [])];
  const target = join(root, folder, program.name);
  const objects = objectsOf(folder, all);
  mkdirSync(objects, { recursive: true });
  const steps = program.sources.flatMap(cFilesOf).map((file) => stepOf(file, objects, all));
  const stale = steps.filter((step) => !isFresh(step.output));
  const newest = Math.max(...steps.map((step) => modifiedAt(step.output)));
  if (stale.length === 0 && existsSync(target) && newest <= modifiedAt(target)) {
    return { ok: true, program: target };
  }
  if (stale.length > 0) say(`compiling ${program.name} (${variant}): ${stale.length} files`);
  let outcome = await runSteps(stale);
  if (outcome.ok) {
    const inputs = steps.map((step) => relative(root, step.output));
    // Whoever runs the old program meanwhile must not find half of the new one, nor another build take it away.
    const fresh = `${target}.${process.pid}.new`;
    outcome = await compile([...all, ...inputs, '-o', relative(root, fresh)]);
    if (outcome.ok) renameSync(fresh, target);
  }
  if (!outcome.ok) return { ok: false, line: failureLine(outcome, program.name) };
  return { ok: true, program: target };
}

/** A program with one of its sources replaced: what it is called, whose place the other source takes, and where that lies. */
export interface Changed {
  readonly name: string;
  readonly source: string;
  readonly by: string;
}

/**
 * Links `program`, which buildNative has built in `variant`, with one source changed: only that one is compiled.
 * The result lies beside the changed source.
 */
export async function buildChanged(
  program: NativeProgram,
  variant: Variant,
  changed: Changed,
): Promise<LabBuild> {
  const { folder, flags } = variants[variant];
  const all = [...commonFlags, ...flags, ...(program.flags ?? [])];
  const objects = objectsOf(folder, all);
  const beside = ['-iquote', dirname(changed.source)];
  const mild = all.filter((flag) => flag !== '-Werror');
  const own = stepOf(changed.by, dirname(join(root, changed.by)), [...mild, ...beside, '-w']);
  const steps = program.sources.flatMap(cFilesOf).map((file) => stepOf(file, objects, all));
  const inputs = program.sources
    .flatMap(cFilesOf)
    .map((file, i) => (file === changed.source ? own.output : (steps[i]?.output ?? '')));
  const target = join(dirname(join(root, changed.by)), `${program.name}-${changed.name}`);
  let outcome = await compileObject(own);
  if (outcome.ok) outcome = await compile([...all, ...inputs, '-o', target]);
  return outcome.ok ? { ok: true, program: target } : { ok: false, line: outcome.text };
}

/** Compiles the lab. See buildNative. */
export function buildLab(
  say: (line: string) => void,
  variant: Variant = 'default',
): Promise<LabBuild> {
  return buildNative(labProgram, variant, say);
}

function isVariant(name: string): name is Variant {
  return Object.hasOwn(variants, name);
}

async function main(): Promise<number> {
  const variant = process.argv[2] ?? 'default';
  if (!isVariant(variant)) {
    console.error(`native: unknown variant ${variant}: say default, asan, tsan or coverage.`);
    return 2;
  }
  const built = await buildLab(console.log, variant);
  console.log(built.ok ? relative(root, built.program) : built.line);
  return built.ok ? 0 : 1;
}

if (process.argv[1] !== undefined && basename(process.argv[1]) === 'native.ts') {
  process.exitCode = await main();
}
