/** The words of tray, toasts and dialogs: what main says itself, beside the pages. */
import type { Question } from '../start/refusals.ts';
import type { ManagerState } from '../../../src-preload/contract/model.ts';
import type { ModeName } from '../../../src-preload/contract/rules.ts';
import type { Appearance } from '../../../src-preload/contract/upkeep.ts';

export type Language = 'en' | 'zh-CN';

export interface Words {
  readonly waiting: (count: number) => string;
  readonly nothingWaits: string;
  readonly lost: string;
  readonly decisions: string;
  readonly noDecisions: string;
  readonly decision: (who: string, where: string, allowed: boolean, time: string) => string;
  readonly inbound: (where: string) => string;
  readonly alwaysAllow: string;
  readonly alwaysBlock: string;
  readonly removeRule: string;
  readonly letThrough: string;
  readonly undo: string;
  readonly mode: string;
  readonly modes: Readonly<Record<ModeName, string>>;
  readonly pauseAll: string;
  readonly minutes: (count: number) => string;
  readonly everything: string;
  readonly endPause: (who: string, minutes: number) => string;
  readonly open: string;
  readonly quit: string;
  readonly tooltip: (mode: string) => string;
  readonly tooltipPaused: (minutes: number) => string;
  readonly quitMessage: string;
  readonly quitDetail: (held: number) => string;
  /** The same where a service goes on. */
  readonly closeMessage: string;
  readonly closeDetail: string;
  readonly quitYes: string;
  readonly quitNo: string;
  readonly missedTitle: string;
  readonly missedOne: (who: string) => string;
  readonly missedMany: (programs: number) => string;
  readonly laterTitle: string;
  readonly laterText: (count: number) => string;
  readonly failed: string;
}

const plural = (count: number, one: string, many: string): string => (count === 1 ? one : many);

const english: Words = {
  waiting: (count) =>
    plural(count, '1 program waits for you ...', `${count} programs wait for you ...`),
  nothingWaits: 'No program waits',
  lost: 'Nothing is held: the driver is not there',
  decisions: 'Last decisions',
  noDecisions: 'Nothing was decided yet',
  decision: (who, where, allowed, time) =>
    `${allowed ? 'Allowed' : 'Blocked'} ${time}: ${who} → ${where}`,
  inbound: (where) => `from ${where}`,
  alwaysAllow: 'Allow from now on',
  alwaysBlock: 'Block from now on',
  removeRule: 'Remove the rule, ask again',
  letThrough: 'Let this program through for',
  undo: 'Take back the last change',
  mode: 'When no rule answers',
  modes: {
    ask: 'Ask',
    learn: 'Allow and note',
    block: 'Block and list',
    lockdown: 'Block everything',
  },
  pauseAll: 'Let everything pass for',
  minutes: (count) => `${count} min`,
  everything: 'everything',
  endPause: (who, minutes) => `Stop letting ${who} through (${minutes} min left)`,
  open: 'Open Portreeve',
  quit: 'Quit ...',
  tooltip: (mode) => `Portreeve: ${mode}`,
  tooltipPaused: (minutes) => `Portreeve lets everything pass (${minutes} min left)`,
  quitMessage: 'Nobody will be asked until Portreeve runs again.',
  quitDetail: (held) =>
    `Your rules stay in force in the driver. Programs that no rule knows are blocked, and you find them in the inbox later.${
      held === 0
        ? ''
        : ` ${plural(held, 'The connection that waits now is', `The ${held} connections that wait now are`)} blocked.`
    }`,
  closeMessage: 'You will not be asked until you open Portreeve again.',
  closeDetail:
    'Only windows and tray end. The service goes on: your rules stay in force, and standard users are asked about their own programs. Programs that no rule knows wait as long as always, are then blocked, and you find them in the inbox later.',
  quitYes: 'Quit',
  quitNo: 'Stay on watch',
  missedTitle: 'Nobody answered',
  missedOne: (who) => `${who} was blocked. Open the inbox to decide about it.`,
  missedMany: (programs) =>
    `${programs} programs were blocked. Open the inbox to decide about them.`,
  laterTitle: 'A question waits',
  laterText: (count) =>
    plural(
      count,
      'A program wants to connect. It is asked about when the full screen ends.',
      `${count} programs want to connect. They are asked about when the full screen ends.`,
    ),
  failed: 'This could not be done',
};

const chinese: Words = {
  waiting: (count) => `有 ${count} 个程序在等你决定 ...`,
  nothingWaits: '没有程序在等待',
  lost: '连接未被拦下：驱动不在',
  decisions: '最近的决定',
  noDecisions: '还没有任何决定',
  decision: (who, where, allowed, time) =>
    `${time} ${allowed ? '已允许' : '已阻止'}：${who} → ${where}`,
  inbound: (where) => `来自 ${where}`,
  alwaysAllow: '以后都允许',
  alwaysBlock: '以后都阻止',
  removeRule: '删除这条规则，下次再问',
  letThrough: '暂时放行此程序',
  undo: '撤回上一次更改',
  mode: '没有规则时',
  modes: { ask: '询问', learn: '允许并记录', block: '阻止并列出', lockdown: '阻止一切' },
  pauseAll: '暂时放行一切',
  minutes: (count) => `${count} 分钟`,
  everything: '一切',
  endPause: (who, minutes) => `停止放行${who}（还剩 ${minutes} 分钟）`,
  open: '打开 Portreeve',
  quit: '退出 ...',
  tooltip: (mode) => `Portreeve：${mode}`,
  tooltipPaused: (minutes) => `Portreeve 正在放行一切（还剩 ${minutes} 分钟）`,
  quitMessage: '在 Portreeve 重新运行之前，不会再询问你。',
  quitDetail: (held) =>
    `你的规则仍由驱动执行。没有规则的程序会被阻止，之后可在收件箱中看到。${
      held === 0 ? '' : `正在等待的 ${held} 个连接也会被阻止。`
    }`,
  closeMessage: '在你再次打开 Portreeve 之前，不会再询问你。',
  closeDetail:
    '只有窗口和托盘图标会关闭，服务继续运行：你的规则仍然有效，标准用户仍会被问及他们自己的程序。没有规则的程序会照常等待，之后被阻止，可在收件箱中看到。',
  quitYes: '退出',
  quitNo: '继续守护',
  missedTitle: '无人回答',
  missedOne: (who) => `${who} 被阻止了。打开收件箱可以决定如何处理。`,
  missedMany: (programs) => `${programs} 个程序被阻止了。打开收件箱可以决定如何处理。`,
  laterTitle: '有问题在等你',
  laterText: (count) => `有 ${count} 个程序想要连接，退出全屏后再问你。`,
  failed: '未能完成',
};

/** The chosen one; else Simplified Chinese for any Chinese that the system prefers, and English. As the pages do. */
export function languageOf(
  preferred: readonly string[],
  chosen: Appearance['language'] = 'system',
): Language {
  if (chosen !== 'system') return chosen;
  return preferred[0]?.toLowerCase().startsWith('zh') === true ? 'zh-CN' : 'en';
}

export const wordsOf: Readonly<Record<Language, Words>> = { en: english, 'zh-CN': chinese };

/** Whether the user still wants to quit, knowing what happens then. The first button quits. */
export function quitQuestion(
  words: Words,
  { held, isService }: Pick<ManagerState, 'held' | 'isService'>,
): Question {
  const buttons = [words.quitYes, words.quitNo];
  if (isService === true)
    return { message: words.closeMessage, detail: words.closeDetail, buttons };
  return { message: words.quitMessage, detail: words.quitDetail(held), buttons };
}
