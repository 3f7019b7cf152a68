/**
 * What the kernel may decide alone. A process is mapped to the class of all processes about which the very same rules
 * are; a path that rules name stands for its processes until they are mapped, and where there is nobody to map them.
 */
import type { Caller, IdentityPort, ProcessKey, Subject } from '../ports.ts';
import type { PlainPolicy, PlainRule, PlainSubject } from './compile/plain.ts';
import { EVERYBODY_RANK, FIRST_RANK, MODE_RULE_ID, plainRulesOf } from './compile/plain-rules.ts';
import type { Applying } from './compile/plain-rules.ts';
import { isForProcess } from './covering.ts';
import type { ModeState } from './mode-state.ts';
import { compareRules } from './precedence.ts';
import { subjectText } from './rule.ts';
import type { Rule } from './rule.ts';
import type { RuleTable } from './rule-table.ts';

export interface Known {
  readonly caller: Caller;
  readonly process: ProcessKey;
}

export interface KernelView {
  readonly table: RuleTable;
  readonly state: ModeState;
  readonly identity: Pick<IdentityPort, 'subjectOf' | 'isHost'>;
  /** The processes that are known now. */
  readonly known: readonly Known[];
}

export interface KernelPolicy {
  readonly policy: PlainPolicy;
  /** Where each of the known processes belongs; null where the engine has to be asked. */
  readonly mappings: readonly { readonly process: ProcessKey; readonly subjectId: number | null }[];
}

interface Class {
  readonly key: string;
  readonly paths: readonly string[];
  readonly applying: readonly Applying[];
  /** Changes with what its plain rules would be. */
  readonly text: string;
  readonly isPaused: boolean;
}

interface Made {
  readonly text: string;
  readonly subject: PlainSubject;
}

/** Where processes belong that are known and that no rule is about. */
const NO_RULES = 1;
const noPaths: readonly string[] = [];

/** Keeps what it made as long as it does not change: compiling it anew costs time. */
export class KernelPolicies {
  /** By key of the class. */
  #made = new Map<string, Made>();
  #paths: { readonly text: string; readonly classes: ReadonlyMap<string, Class> } | null = null;
  #everybody: { readonly text: string; readonly rules: readonly PlainRule[] } | null = null;
  /** Never used twice: the driver may still know a process by an older one. */
  #lastId = NO_RULES;
  #version = 0;

  build(view: KernelView): KernelPolicy {
    this.#version += 1;
    const kept = new Map<string, Made>();
    const mappings = view.known.map((known) => ({
      process: known.process,
      subjectId: this.#mapped(view, known, kept),
    }));
    for (const own of this.#pathClasses(view)) this.#make(own, kept);
    this.#made = kept;
    const subjects = [...kept.values()].map(({ subject }) => subject);
    const everybody = this.#rulesOfEverybody(view);
    return { policy: { version: this.#version, subjects, everybody }, mappings };
  }

  #mapped(view: KernelView, known: Known, kept: Map<string, Made>): number | null {
    if (!known.caller.complete) return null;
    const own = classOf(view, known);
    return own.applying.length === 0 && !own.isPaused ? NO_RULES : this.#make(own, kept);
  }

  #make(own: Class, kept: Map<string, Made>): number {
    const before = kept.get(own.key) ?? this.#made.get(own.key);
    const made = before?.text === own.text ? before : this.#madeAnew(own, before);
    kept.set(own.key, made);
    return made.subject.subjectId;
  }

  #madeAnew(own: Class, before: Made | undefined): Made {
    this.#lastId += before === undefined ? 1 : 0;
    const subjectId = before?.subject.subjectId ?? this.#lastId;
    const rules = [...pauseOf(own), ...plainRulesOf(own.applying, FIRST_RANK)];
    return { text: own.text, subject: { subjectId, paths: own.paths, rules } };
  }

  /** Of 100 000 paths, only those are looked at again whose own rules have changed, when nothing else did. */
  #pathClasses(view: KernelView): Iterable<Class> {
    const changes = view.table.takeChanges();
    const text = pathText(view);
    const before = changes.isWide || this.#paths?.text !== text ? null : this.#paths.classes;
    const classes = new Map(before ?? []);
    const subjects = before === null ? ruledPaths(view.table.all()) : changes.subjects;
    for (const subject of subjects) {
      const own = pathClass(view, subject);
      if (own === null) classes.delete(subject.key);
      else classes.set(subject.key, own);
    }
    this.#paths = { text, classes };
    return classes.values();
  }

  #rulesOfEverybody({ table, state }: KernelView): readonly PlainRule[] {
    const applying = [...table.everybody()].toSorted(compareRules).map((rule) => ({
      rule,
      isCertain: rule.lifetime !== 'while-it-runs',
    }));
    const isPaused = state.pauses.some(({ subject }) => subject === null);
    const text = `${state.mode} ${textOf(applying, isPaused)}`;
    if (this.#everybody?.text === text) return this.#everybody.rules;
    const rules = [...modeRules(state, isPaused), ...plainRulesOf(applying, EVERYBODY_RANK)];
    this.#everybody = { text, rules };
    return rules;
  }
}

function classOf({ table, state }: KernelView, { caller, process }: Known): Class {
  const applying = [...table.particular(caller)]
    .filter((rule) => isForProcess(rule, process, caller))
    .toSorted(compareRules)
    .map((rule) => ({ rule, isCertain: true }));
  const paused = isPaused(state, caller.subject);
  const text = textOf(applying, paused);
  const ids = applying.map(({ rule }) => rule.ruleId).join();
  return { key: `class ${paused} ${ids}`, paths: noPaths, applying, text, isPaused: paused };
}

/**
 * Of what runs at this path and is not mapped: rules that may or may not be about it make the kernel ask. Null where one
 * path is many programs, or no rule is about it.
 */
function pathClass({ table, state, identity }: KernelView, { path }: Subject): Class | null {
  const subject = identity.subjectOf(path);
  if (path === '' || identity.isHost(subject)) return null;
  const caller = { subject, subjects: [subject], ancestors: [], complete: true };
  const certain = new Set(table.particular(caller));
  if (certain.size === 0) return null;
  const applying = [...new Set([...certain, ...table.unsure()])]
    .toSorted(compareRules)
    .map((rule) => ({
      rule,
      isCertain: certain.has(rule) && rule.lifetime !== 'while-it-runs',
    }));
  const isPaused = state.pauses.some((pause) => pause.subject !== null);
  const text = textOf(applying, isPaused);
  // As the kernel writes it, however it is shown.
  return { key: `path ${subject.key}`, paths: [subject.key], applying, text, isPaused };
}

/** What the classes of all paths depend on besides their own rules. */
function pathText({ table, state }: KernelView): string {
  const pauses = state.pauses.map(({ pauseId }) => pauseId).join();
  return `${pauses} ${[...table.unsure()].map(({ ruleId }) => ruleId).join()}`;
}

function ruledPaths(rules: Iterable<Rule>): Subject[] {
  const paths = new Map<string, Subject>();
  for (const { subject } of rules) if (isPath(subject)) paths.set(subject.path, subject);
  return [...paths.values()];
}

function isPath({ kind }: Subject): boolean {
  return kind === 'path' || kind === 'path-pattern';
}

function isPaused({ pauses }: ModeState, subject: Subject): boolean {
  return pauses.some(({ subject: of }) => of !== null && subjectText(of) === subjectText(subject));
}

/** What a rule says does not change under one id and time of change, but for its switch. */
function textOf(applying: readonly Applying[], isPaused: boolean): string {
  const rules = applying.map(({ rule, isCertain }) => {
    const { ruleId, editedAt, enabled } = rule;
    return `${ruleId} ${editedAt} ${enabled} ${isCertain}`;
  });
  return `${isPaused} ${rules.join()}`;
}

/** A pause has an end that the kernel cannot see. */
function pauseOf({ isPaused }: Class): PlainRule[] {
  return isPaused ? [{ ...everything, rank: 1, outcome: 'ask' }] : [];
}

function modeRules({ mode }: ModeState, isPaused: boolean): PlainRule[] {
  if (mode === 'lockdown') return [{ ...everything, rank: 0, outcome: 'block' }];
  return isPaused ? [{ ...everything, rank: 0, outcome: 'ask' }] : [];
}

const everything = {
  ruleId: MODE_RULE_ID,
  direction: 'both',
  protocol: null,
  addresses: null,
  ports: null,
} as const;
