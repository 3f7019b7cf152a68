/** The tray's menu as data: what it says and what each line does. Nothing here knows Electron. */
import type { ManagerState, Untrusted } from '../../../src-preload/contract/model.ts';
import type { JournalView, ModeName } from '../../../src-preload/contract/rules.ts';
import { visibleText } from '../../../src-preload/contract/visible.ts';
import { minutesLeft, pauseMinutes } from './tray-icon.ts';
import { subjectInputOf } from './tray-rule.ts';
import { type Language, type Words, wordsOf } from './words.ts';

export type TrayAction =
  | { readonly kind: 'open-manager' | 'show-prompt' | 'quit' }
  | { readonly kind: 'set-mode'; readonly mode: ModeName }
  /** Null for everything. */
  | { readonly kind: 'pause'; readonly line: JournalView | null; readonly minutes: number }
  | { readonly kind: 'resume'; readonly pauseId: string }
  | {
      readonly kind: 'decide';
      readonly line: JournalView;
      readonly verdict: JournalView['verdict'];
    }
  | { readonly kind: 'remove-rule'; readonly ruleId: string }
  | { readonly kind: 'undo'; readonly undoId: string };

export interface MenuLine {
  readonly label: string;
  readonly type?: 'separator' | 'radio';
  readonly checked?: boolean;
  readonly enabled?: boolean;
  readonly action?: TrayAction;
  readonly submenu?: readonly MenuLine[];
}

export interface MenuView {
  readonly state: Pick<ManagerState, 'driver' | 'mode' | 'cards'>;
  /** Newest first. */
  readonly decisions: readonly JournalView[];
  /** The tray's last change, as long as it can be taken back. */
  readonly undoId: string | null;
  readonly now: number;
  readonly language: Language;
}

const modes: readonly ModeName[] = ['ask', 'learn', 'block', 'lockdown'];
const separator: MenuLine = { label: '', type: 'separator' };
const maxName = 40;
const maxPlace = 60;

/** The whole menu, from top to bottom. */
export function trayMenu(view: MenuView): MenuLine[] {
  const words = wordsOf[view.language];
  return [
    ...headLines(view, words),
    separator,
    decisionLines(view, words),
    modeLines(view, words),
    pauseLines(words),
    ...resumeLines(view, words),
    separator,
    { label: words.open, action: { kind: 'open-manager' } },
    { label: words.quit, action: { kind: 'quit' } },
  ];
}

/** Text of a program as a line of a menu shows it: nothing hidden, nothing endless, no mnemonic of its own. */
export function menuText(text: Untrusted, limit: number): string {
  return visibleText(text, limit).replaceAll('&', '&&');
}

function headLines({ state, undoId }: MenuView, words: Words): MenuLine[] {
  const lost = state.driver.kind === 'lost' ? [{ label: words.lost, enabled: false }] : [];
  const waiting: MenuLine =
    state.cards > 0
      ? { label: words.waiting(state.cards), action: { kind: 'show-prompt' } }
      : { label: words.nothingWaits, enabled: false };
  const undo: MenuLine[] =
    undoId === null ? [] : [{ label: words.undo, action: { kind: 'undo', undoId } }];
  return [...lost, waiting, ...undo];
}

function decisionLines(view: MenuView, words: Words): MenuLine {
  const { decisions } = view;
  if (decisions.length === 0) return { label: words.noDecisions, enabled: false };
  return {
    label: words.decisions,
    submenu: decisions.map((line) => decisionLine(line, view, words)),
  };
}

function decisionLine(line: JournalView, view: MenuView, words: Words): MenuLine {
  const time = new Date(line.at).toLocaleTimeString(view.language, { timeStyle: 'short' });
  const who = menuText(line.subject.name, maxName);
  const label = words.decision(who, placeText(line, words), line.verdict === 'allow', time);
  return { label, submenu: lineMenu(line, words) };
}

function placeText({ target }: JournalView, words: Words): string {
  const where = menuText(target.hostName ?? target.address, maxPlace);
  const place = target.port === 0 ? where : `${where}, ${target.service ?? target.port}`;
  return target.direction === 'inbound' ? words.inbound(place) : place;
}

/** What can be done about one decision. Some programs have no name that can be written into a rule here. */
function lineMenu(line: JournalView, words: Words): MenuLine[] {
  const canWrite = subjectInputOf(line.subject) !== null;
  const decide = (label: string, verdict: JournalView['verdict']): MenuLine => ({
    label,
    enabled: canWrite,
    action: { kind: 'decide', line, verdict },
  });
  const rule: MenuLine[] =
    line.ruleId === null
      ? []
      : [{ label: words.removeRule, action: { kind: 'remove-rule', ruleId: line.ruleId } }];
  return [
    decide(words.alwaysAllow, 'allow'),
    decide(words.alwaysBlock, 'block'),
    ...rule,
    separator,
    {
      label: words.letThrough,
      enabled: canWrite || line.ruleId !== null,
      submenu: pauseMinutes.map((minutes) => ({
        label: words.minutes(minutes),
        action: { kind: 'pause', line, minutes },
      })),
    },
  ];
}

function modeLines({ state }: MenuView, words: Words): MenuLine {
  const line = (mode: ModeName): MenuLine => ({
    label: words.modes[mode],
    type: 'radio',
    checked: state.mode.mode === mode,
    action: { kind: 'set-mode', mode },
  });
  return { label: words.mode, submenu: modes.map(line) };
}

function pauseLines(words: Words): MenuLine {
  const line = (minutes: number): MenuLine => ({
    label: words.minutes(minutes),
    action: { kind: 'pause', line: null, minutes },
  });
  return { label: words.pauseAll, submenu: pauseMinutes.map(line) };
}

function resumeLines({ state, now }: MenuView, words: Words): MenuLine[] {
  return state.mode.pauses
    .filter(({ until }) => until > now)
    .map(({ pauseId, subject, until }) => ({
      label: words.endPause(
        subject === null ? words.everything : menuText(subject.name, maxName),
        minutesLeft(until, now),
      ),
      action: { kind: 'resume', pauseId },
    }));
}
