/** What is said, and asked, where Portreeve does not run as it was started. */
import { visibleText } from '../../../src-preload/contract/visible.ts';
import type { Language } from '../desktop/words.ts';
import type { Admission } from './admission.ts';

export interface Question {
  readonly message: string;
  readonly detail: string;
  /** The last one changes nothing. */
  readonly buttons: readonly string[];
  /** What Enter chooses; the last one without. */
  readonly preferred?: number;
}

interface Sentences {
  readonly elevate: Question;
  readonly standard: Question;
  readonly refused: string;
  readonly program: (path: string) => string;
  readonly state: (path: string) => string;
  readonly close: string;
  readonly failed: Question;
}

const english: Sentences = {
  elevate: {
    message: 'Portreeve needs the rights of an administrator',
    detail:
      'Only with them can it answer for the whole computer, and only with them are its questions out of reach of other programs. ' +
      'Windows asks you next. Portreeve normally starts by itself when you sign in, without this question.',
    buttons: ['Continue', 'Cancel'],
    preferred: 0,
  },
  standard: {
    message: 'An administrator looks after Portreeve',
    detail:
      'The rules of this computer are in force for you too, and only an administrator can change them. Programs without a rule ' +
      'get what the administrator has chosen: where you may answer for your own programs, Portreeve asks you by itself.',
    buttons: ['Close'],
  },
  refused: 'Portreeve does not run like this',
  program: (path) =>
    `Programs without an administrator's rights can change ${path}. They could turn the firewall into anything. ` +
    'Install Portreeve into Program Files with its installer, or take these rights away.',
  state: (path) =>
    `${path} holds your rules, and others than administrators could read or change it. ` +
    'Open Settings > Apps > Portreeve > Modify and choose Repair: it sets that folder aside and makes a new one.',
  close: 'Close',
  failed: {
    message: 'Portreeve was not started',
    detail:
      'Windows did not give it the rights of an administrator. Your rules stay in force in the driver.',
    buttons: ['Close'],
  },
};

const chinese: Sentences = {
  elevate: {
    message: 'Portreeve 需要管理员权限',
    detail:
      '只有这样它才能为整台电脑作答，也只有这样其他程序才碰不到它的提问。接下来 Windows 会询问你。' +
      '通常 Portreeve 会在你登录时自动启动，不再询问。',
    buttons: ['继续', '取消'],
    preferred: 0,
  },
  standard: {
    message: 'Portreeve 由管理员管理',
    detail:
      '这台电脑的规则对你同样有效，只有管理员能更改它们。没有规则的程序按管理员的选择处理：如果允许你为自己的程序作答，Portreeve 会自动询问你。',
    buttons: ['关闭'],
  },
  refused: 'Portreeve 不能这样运行',
  program: (path) =>
    `没有管理员权限的程序也能更改 ${path}，它们可以把防火墙变成任何东西。请用安装程序把 Portreeve 安装到 Program Files，或收回这些权限。`,
  state: (path) =>
    `${path} 保存着你的规则，但管理员以外的人也能读取或更改它。请打开“设置 > 应用 > Portreeve > 修改”，选择“修复”：它会把该文件夹移到一旁并新建一个。`,
  close: '关闭',
  failed: {
    message: 'Portreeve 未启动',
    detail: 'Windows 没有授予管理员权限。你的规则仍由驱动执行。',
    buttons: ['关闭'],
  },
};

const sentences: Readonly<Record<Language, Sentences>> = { en: english, 'zh-CN': chinese };

/** Null where there is nothing to say. */
export function questionOf(admission: Admission, language: Language): Question | null {
  const said = sentences[language];
  switch (admission.kind) {
    case 'elevate':
      return said.elevate;
    case 'refuse': {
      const detail = said[admission.what](visibleText(admission.weakness.path));
      return { message: said.refused, detail, buttons: [said.close] };
    }
    case 'standard':
      return said.standard;
    case 'run':
    case 'end':
      return null;
  }
}

export interface TurningAway {
  readonly language: Language;
  /** Shows a box; resolves with the number of the button. */
  ask(question: Question): Promise<number>;
  /** Starts Portreeve again with an administrator's rights; false when it was not. */
  startElevated(): boolean;
}

/** Says why it does not run as it was started, and starts it again where its user wants that. */
export async function turnAway(admission: Admission, ways: TurningAway): Promise<void> {
  const question = questionOf(admission, ways.language);
  if (question === null) return;
  const chosen = await ways.ask(question);
  if (admission.kind !== 'elevate' || chosen !== 0 || ways.startElevated()) return;
  await ways.ask(sentences[ways.language].failed);
}
