import type { Language } from './english.ts';

/** The words about Portreeve itself in Simplified Chinese. */
export const chineseSettings: Pick<Language, 'settings'> = {
  settings: {
    managed: '由你的组织管理',
    running: '运行',
    autostart: '登录时启动',
    autostartIs: {
      on: '管理员登录时，Portreeve 会自动启动，不再询问。',
      off: 'Portreeve 不会自动启动。在有人启动它之前，不会询问任何人。',
      missing: '启动 Portreeve 的任务不见了。打开此开关会重新建立它。',
      other: '启动 Portreeve 的任务被改动过。打开此开关会重新建立它。',
      unknown: '无法得知 Portreeve 是否会自动启动。',
      'not-installed': '只有安装后的 Portreeve 才会自动启动，现在运行的是开发版本。',
    },
    autostartRemedy:
      'Windows 任务计划程序没有完成此操作。请再看一次；如果依旧如此，请在“设置 > 应用”中修复 Portreeve。',
    lookAgain: '再看一次',
    noClient: 'Portreeve 未运行时',
    noClientIs: {
      block: '没有规则的程序会被阻止，并列出供日后查看。你的规则仍然有效。',
      allow: '没有规则的程序可以随意联网。你的规则仍然有效。',
    },
    byInstaller: '这是安装 Portreeve 时选择的。',
    asked: '询问谁',
    askedText:
      '已登录的管理员。其他用户的程序遵循规则，没有规则的按上面的选择处理：他们的答复可能来自他们运行的任何程序。',
  },
};
