import type { englishSettings } from './english-settings.ts';
import type { Language } from './english.ts';

/** The words about Portreeve itself in Simplified Chinese. */
export const chineseSettings: Pick<Language, keyof typeof englishSettings> = {
  settings: {
    managed: '由你的组织管理',
    running: '运行',
    people: '谁可以做什么',
    versions: '新版本',
    check: '一切正常吗？',
    look: '外观与语言',
    theme: '颜色',
    themeIs: {
      system: '浅色或深色，与 Windows 一致。',
      light: '始终浅色。',
      dark: '始终深色。',
    },
    themeName: { system: '同 Windows', light: '浅色', dark: '深色' },
    language: '语言',
    languageText: '用于所有窗口、托盘和通知。',
    asWindows: '同 Windows',
    autostart: '登录时启动',
    autostartIs: {
      on: '管理员登录时，Portreeve 会自动启动，不再询问。',
      off: 'Portreeve 不会自动启动。在有人启动它之前，不会询问任何人。',
      service:
        'Portreeve 的窗口不会自动打开。它仍作为服务运行；在有人打开窗口之前，不会询问任何管理员。',
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
    onlookers: '标准用户可以查看',
    onlookersText:
      '他们能看到模式和规则，但什么也不能更改。日志、规则的使用时间，以及针对他人文件夹中程序的规则都不会显示。',
    asked: '询问谁',
    askedService:
      '管理员会被问到所有程序，标准用户只会被问到自己的程序，前提是他们已登录。没有人可问的按规则处理，没有规则的按上面的选择处理。',
    askedText:
      '已登录的管理员。其他用户的程序遵循规则，没有规则的按上面的选择处理：他们的答复可能来自他们运行的任何程序。',
  },
  answerers: {
    title: '标准用户可以决定自己的程序',
    text: '他们会被问到为自己运行的程序，决定只在这一次或程序运行期间有效；不涉及服务和其他帐户，也不能越过你的规则。此后 Portreeve 会作为服务运行，随 Windows 启动。',
    taskIs: {
      off: '随 Windows 启动服务的任务已关闭。打开此开关会重新启用它。',
      missing: '启动服务的任务不见了。打开此开关会重新建立它。',
      other: '启动服务的任务被改动过。打开此开关会重新建立它。',
      'not-installed': '只有安装后的 Portreeve 才能作为服务运行，现在运行的是开发版本。',
    },
    notYet: '重新启动 Portreeve 之后才会生效。',
    stillOn: '在重新启动 Portreeve 之前，仍会询问标准用户。',
    nothingWaits: '现在没有连接在等待决定。',
    waits: {
      block_one: '有 1 个连接在等待决定，届时会像 Portreeve 未运行时那样被阻止。',
      block_other: '有 {{count, number}} 个连接在等待决定，届时会像 Portreeve 未运行时那样被阻止。',
      allow_one: '有 1 个连接在等待决定，届时会像 Portreeve 未运行时那样被放行。',
      allow_other: '有 {{count, number}} 个连接在等待决定，届时会像 Portreeve 未运行时那样被放行。',
    },
    startAnew: '重新启动 Portreeve',
    sureTitle: '现在重新启动 Portreeve 吗？',
    notNow: '暂不',
    ending: 'Portreeve 即将退出，稍后会自动回来。',
  },
  onlooker: {
    title: '你可以查看，但不能更改。以下是 {{time}} 的情况。',
    noClientIs: {
      block: '没有规则的程序会被阻止，规则仍然有效。',
      allow: '没有规则的程序可以随意联网，规则仍然有效。',
    },
    off: '已停用',
    mode: {
      ask: '没有规则时会询问管理员',
      learn: '没有规则的连接会被允许并记录',
      block: '没有规则的连接会被阻止',
      lockdown: '一切连接都被阻止',
    },
    rules: '这台电脑的规则对你的程序同样有效。',
    changeTitle: '谁可以更改',
    changeText: '这台电脑的管理员。请告诉他哪个程序需要什么，他会在收件箱中看到。',
    seeRules: '你的程序可以和不可以连接到哪里',
    leftOut_one: '有 1 条针对他人文件夹中程序的规则未显示。',
    leftOut_other: '有 {{count, number}} 条针对他人文件夹中程序的规则未显示。',
  },
  bootLockdown: {
    title: '驱动运行前阻止一切',
    is: {
      off: '已关闭：Windows 启动后的几秒内，先于驱动启动的程序可以随意联网。',
      on: '已打开：从 Windows 启动到驱动开始工作，以及驱动缺失时，任何连接都进不来、出不去。',
      'not-installed': '只有安装后的 Portreeve 才能在运行之前阻止连接，现在运行的是开发版本。',
    },
    failed: 'Windows 没有完成此操作。请重启电脑后再试。',
    wayOut:
      '如果网络被切断而此窗口打不开，请在以管理员身份打开的终端中运行以下命令。卸载 Portreeve 也会这样做。',
  },
  updates: {
    title: '查找更新',
    off: '已关闭：Portreeve 不会向任何人打听新版本。打开后，它每天向制作者的服务器查询一次，除此之外什么也不透露。',
    on: '每天一次。未经你同意，不会下载或安装任何东西；而且只接受与本程序签名相同的安装包。',
    unavailable: {
      development: '只有安装后的 Portreeve 才会查找新版本，现在运行的是开发版本。',
      unsigned: '这个版本没有签名，无法分辨更新的真假。新版本的安装程序会保留你的规则。',
      'no-feed': '这个版本没有指明更新的来源。新版本的安装程序会保留你的规则。',
    },
    now: {
      idle: '还没有查找过。',
      looking: '正在查找……',
      starting: '由 Windows 安装程序接手。Portreeve 即将退出，稍后会自动回来。',
    },
    newest: '这已经是最新版本。查找时间：{{time}}。',
    version: '版本 {{version}}',
    found: '有新版本，需下载 {{size, number}} MB。',
    downloading: '已下载 {{done, number}} / {{size, number}} MB',
    progress: '下载进度',
    ready:
      '已下载，签名无误。安装大约需要一分钟，其间不会询问任何人：你的规则仍然有效，其余的按“Portreeve 未运行时”处理。',
    waiting_one: '有 1 个连接在等你答复，答复之后就开始更新。',
    waiting_other: '有 {{count, number}} 个连接在等你答复，全部答复之后就开始更新。',
    notes: '新增内容',
    step: { look: '立即查找', download: '下载', install: '安装', cancel: '取消' },
    failed: {
      look: '无法得知是否有新版本。',
      download: '更新没有下载成功。',
      install: '更新没有安装成功。',
    },
    problem: {
      'no-connection': '连不上服务器，或连接中断。联网后请重试。',
      'too-slow': '服务器太慢，请稍后再试。',
      'bad-answer': '服务器的答复无法理解，请稍后再试；如果依旧如此，请告诉我们。',
      elsewhere:
        '服务器让 Portreeve 去别的地方，它不会去。需要登录的网络会这样：请先登录网络，然后重试。',
      'wrong-size': '下载的内容不完整，已删除。请重试。',
      'wrong-hash': '下载的内容与发布的不一致，已删除。请重试；如果依旧如此，请告诉我们。',
      'disk-full': '磁盘空间不足。请腾出空间后重试。',
      'not-written': '无法写入规则所在的位置。请重启电脑后再试。',
      'other-signer': '它的签名与本程序不同，已删除。请不要手动安装，并告诉我们。',
      'unsafe-folder':
        '管理员以外的人也能更改存放它的文件夹。请在“设置 > 应用”中修复 Portreeve，然后重试。',
      'not-started': 'Windows 安装程序没有启动。请重启电脑后再试。',
    },
  },
  diagnostics: {
    title: '诊断信息',
    text: '版本、计数和最近的消息，供帮助你的人查看。复制之前你可以先看到内容。',
    show: '显示',
    preview: '将要复制的内容',
    withNames: '包含名称、路径和地址',
    copy: '复制',
    copied: '已复制',
  },
  selfTest: {
    title: '现在就问我',
    text: '建立一个不通向任何地方的连接并拦住它，让你看到一次询问，以及它来得有多快。不会产生规则。',
    start: '问我',
    stop: '停止',
    steps: '测试步骤',
    starting: '正在启动一个程序……',
    waiting: '询问已经出现，怎么答都可以。',
    step: {
      held: '程序发起连接，驱动程序拦住了它',
      told: 'Portreeve 得知此事',
      painted: '询问显示在屏幕上',
      answered: '你作出决定',
      released: '驱动程序执行了决定',
    },
    underOne: '不到 1 毫秒',
    ms: '{{ms, number}} 毫秒',
    seconds: '{{seconds, number}} 秒',
    done: {
      allow: '一切正常：程序等到了你的决定，并被放行。',
      block: '一切正常：程序等到了你的决定，并被阻止。',
    },
    problem: {
      'driver-lost': {
        what: '现在没有拦住任何连接。',
        remedy: '第一页会说明原因和解决办法。',
      },
      'nobody-asked': {
        what: '现在不会询问任何人。',
        remedy: '请在第一页选择“询问”并结束暂停，然后重试。',
      },
      'no-program': {
        what: '用来连接的程序不在。',
        remedy:
          '在 Windows 上它是系统文件夹中的 curl.exe。你也可以启动任何一个新程序，看是否会被询问。',
      },
      'not-held': {
        what: '程序运行了，但它的连接没有被拦住。',
        remedy: '请看看是否有规则替它作答。如果没有，请重启电脑后再试。',
      },
      'not-answered': {
        what: '没有及时作答。',
        remedy:
          '驱动程序已像无人在场时那样处理。如果没有出现询问，请看看是否有程序占满了屏幕，然后重试。',
      },
    },
  },
};
