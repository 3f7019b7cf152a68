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
  readonly paths: readonly string[];
  /** In force, in their order. A rule that says something else is another object. */
  readonly applying: readonly Applying[];
  readonly isPaused: boolean;
}

/** What was made of a class: as long as its rules are these, it is kept. */
interface Made {
  readonly rules: readonly Rule[];
  readonly subject: PlainSubject;
}

/** Where processes belong that are known and that no rule is about. */
const NO_RULES = 1;
const noPaths: readonly string[] = [];

/**
 * Keeps what it made as long as it does not change: compiling it anew costs time. There may be 100 000 paths, of each of
 * which nothing is kept that its rules say as well.
 */
export class KernelPolicies {
  /** By the ids of the rules that are about them. */
  #classes = new Map<string, Made>();
  /** By path as the kernel writes it. */
  #paths = new Map<string, Made>();
  #pathText: string | null = null;
  #everybody: { readonly text: string; readonly rules: readonly PlainRule[] } | null = null;
  /** Never used twice: the driver may still know a process by an older one. */
  #lastId = NO_RULES;
  #version = 0;

  build(view: KernelView): KernelPolicy {
    this.#version += 1;
    const classes = new Map<string, Made>();
    const mappings = view.known.map((known) => ({
      process: known.process,
      subjectId: this.#mapped(view, known, classes),
    }));
    this.#classes = classes;
    this.#lookAtPaths(view);
    const subjects: PlainSubject[] = [];
    for (const all of [classes, this.#paths]) {
      for (const { subject } of all.values()) subjects.push(subject);
    }
    const everybody = this.#rulesOfEverybody(view);
    return { policy: { version: this.#version, subjects, everybody }, mappings };
  }

  #mapped(view: KernelView, known: Known, classes: Map<string, Made>): number | null {
    if (!known.caller.complete) return null;
    const { ids, ...own } = classOf(view, known);
    if (ids === '' && !own.isPaused) return NO_RULES;
    const key = `${own.isPaused} ${ids}`;
    const made = classes.get(key) ?? this.#make(own, this.#classes.get(key));
    classes.set(key, made);
    return made.subject.subjectId;
  }

  /** `before`: what was made of it when it was looked at last. */
  #make(own: Class, before: Made | undefined): Made {
    if (before !== undefined && isMadeOf(before, own)) return before;
    this.#lastId += before === undefined ? 1 : 0;
    const subjectId = before?.subject.subjectId ?? this.#lastId;
    const plain = plainRulesOf(own.applying, FIRST_RANK);
    const rules = own.isPaused ? [pause, ...plain] : plain;
    return {
      rules: own.applying.map(({ rule }) => rule),
      subject: { subjectId, paths: own.paths, rules },
    };
  }

  /** Of 100 000 paths, only those are looked at again whose own rules have changed, when nothing else did. */
  #lookAtPaths(view: KernelView): void {
    const changes = view.table.takeChanges();
    const text = pathText(view);
    const before = this.#paths;
    const isWide = changes.isWide || this.#pathText !== text;
    if (isWide) this.#paths = new Map();
    for (const subject of isWide ? ruledPaths(view.table.all()) : changes.subjects) {
      const key = keyOf(subject, view);
      const own = pathClass(view, key, subject.path);
      if (own === null) this.#paths.delete(key);
      else this.#paths.set(key, this.#make(own, before.get(key)));
    }
    this.#pathText = text;
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

/** `ids`: of all rules about it, also those that are switched off. */
function classOf(
  { table, state }: KernelView,
  { caller, process }: Known,
): Class & { readonly ids: string } {
  const rules = [...table.particular(caller)]
    .filter((rule) => isForProcess(rule, process, caller))
    .toSorted(compareRules);
  const ids = rules.map(({ ruleId }) => ruleId).join();
  const applying = rules
    .filter(({ enabled }) => enabled)
    .map((rule) => ({ rule, isCertain: true }));
  return { ids, paths: noPaths, applying, isPaused: isPaused(state, caller.subject) };
}

/** Of a path as the kernel writes it, however it is shown; the subject's own text where it is that. */
function keyOf({ key, path }: Subject, { identity }: KernelView): string {
  const own = identity.subjectOf(path).key;
  return own === key ? key : own;
}

/**
 * Of what runs at this path and is not mapped: rules that may or may not be about it make the kernel ask. Null where one
 * path is many programs, or no rule is about it.
 */
function pathClass(
  { table, state, identity }: KernelView,
  key: string,
  path: string,
): Class | null {
  const subject = identity.subjectOf(path);
  if (path === '' || identity.isHost(subject)) return null;
  const caller = { subject, subjects: [subject], ancestors: [], complete: true };
  const certain = new Set(table.particular(caller));
  if (certain.size === 0) return null;
  const applying = [...new Set([...certain, ...table.unsure()])]
    .filter(({ enabled }) => enabled)
    .toSorted(compareRules)
    .map((rule) => ({
      rule,
      isCertain: certain.has(rule) && rule.lifetime !== 'while-it-runs',
    }));
  const isPaused = state.pauses.some((pause) => pause.subject !== null);
  return { paths: [key], applying, isPaused };
}

/** Whether a rule is certain depends on it and on the class alone. */
function isMadeOf({ rules, subject }: Made, { applying, isPaused }: Class): boolean {
  return (
    (subject.rules[0] === pause) === isPaused &&
    rules.length === applying.length &&
    applying.every(({ rule }, place) => rule === rules[place])
  );
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

/** A pause has an end that the kernel cannot see. */
const pause: PlainRule = { ...everything, rank: 1, outcome: 'ask' };
