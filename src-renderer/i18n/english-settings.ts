/** The words about Portreeve itself in English. */
export const englishSettings = {
  settings: {
    managed: 'Managed by your organisation',
    running: 'Running',
    people: 'Who may do what',
    versions: 'Newer versions',
    check: 'Is all well?',
    look: 'Look and language',
    theme: 'Colours',
    themeIs: {
      system: 'Light or dark, as Windows has it.',
      light: 'Always light.',
      dark: 'Always dark.',
    },
    themeName: { system: 'As Windows', light: 'Light', dark: 'Dark' },
    language: 'Language',
    languageText: 'Of every window, the tray and notices.',
    asWindows: 'As Windows',
    autostart: 'Start at sign-in',
    autostartIs: {
      on: 'Portreeve starts when an administrator signs in, without a question.',
      off: 'Portreeve does not start by itself. Until somebody starts it, nobody is asked.',
      service:
        'Portreeve’s windows do not open by themselves. It runs as a service all the same; until somebody opens them, no administrator is asked.',
      missing: 'The task that starts Portreeve is not there. Switching this on makes it again.',
      other: 'The task that starts Portreeve was changed. Switching this on makes it again.',
      unknown: 'It is not known whether Portreeve starts by itself.',
      'not-installed': 'Only an installed Portreeve starts by itself. This one is being developed.',
    },
    autostartRemedy:
      'Windows’ task scheduler did not do this. Look again; if this stays, repair Portreeve in Settings > Apps.',
    lookAgain: 'Look again',
    noClient: 'While Portreeve does not run',
    noClientIs: {
      block: 'Programs without a rule are blocked, and listed for later. Your rules stay in force.',
      allow: 'Programs without a rule connect as they like. Your rules stay in force.',
    },
    byInstaller: 'This was chosen when Portreeve was installed.',
    onlookers: 'Standard users may look',
    onlookersText:
      'They see mode and rules, and can change nothing. They do not see the journal, when a rule was used, or rules for programs in somebody’s own folder.',
    asked: 'Who is asked',
    askedService:
      'Administrators about everything, standard users about their own programs, while they are signed in. What nobody is asked about follows the rules, and what has none is treated as above.',
    askedText:
      'Administrators who have signed in. Other users’ programs follow the rules, and what has none is treated as above: an answer of theirs could come from any program that they run.',
  },
  answerers: {
    title: 'Standard users may answer for their own programs',
    text: 'They are asked about programs that run for them, and answer once or for as long as the program runs: never for services or other accounts, and never over your rules. Portreeve then runs as a service, from the start of Windows on.',
    taskIs: {
      off: 'The task that starts the service with Windows is off. Switching this on switches it on again.',
      missing: 'The task that starts the service is not there. Switching this on makes it again.',
      other: 'The task that starts the service was changed. Switching this on makes it again.',
      'not-installed':
        'Only an installed Portreeve can run as a service. This one is being developed.',
    },
    notYet: 'It counts after Portreeve has started anew.',
    stillOn: 'Standard users are asked until Portreeve has started anew.',
    nothingWaits: 'Nothing waits for an answer now.',
    waits: {
      block_one:
        'One connection waits for an answer. It is blocked then, as if Portreeve did not run.',
      block_other:
        '{{count, number}} connections wait for an answer. They are blocked then, as if Portreeve did not run.',
      allow_one:
        'One connection waits for an answer. It is let through then, as if Portreeve did not run.',
      allow_other:
        '{{count, number}} connections wait for an answer. They are let through then, as if Portreeve did not run.',
    },
    startAnew: 'Start Portreeve anew',
    sureTitle: 'Start Portreeve anew now?',
    notNow: 'Not now',
    ending: 'Portreeve ends now and comes back by itself.',
  },
  onlooker: {
    title: 'You may look, not change. This is how it was at {{time}}.',
    noClientIs: {
      block: 'Programs without a rule are blocked. The rules stay in force.',
      allow: 'Programs without a rule connect as they like. The rules stay in force.',
    },
    off: 'Switched off',
    mode: {
      ask: 'Administrators are asked when no rule answers',
      learn: 'What no rule is about is allowed and noted',
      block: 'What no rule is about is blocked',
      lockdown: 'Everything is blocked',
    },
    rules: 'The rules of this computer hold for your programs too.',
    changeTitle: 'Who can change this',
    changeText:
      'An administrator of this computer. Tell them which program needs what; they find it in their inbox.',
    seeRules: 'What your programs may and may not reach',
    leftOut_one: 'One rule for a program in somebody’s own folder is not shown.',
    leftOut_other: '{{count, number}} rules for programs in somebody’s own folder are not shown.',
  },
  bootLockdown: {
    title: 'Block everything until Portreeve’s driver runs',
    is: {
      off: 'Off: programs that start before the driver connect as they like, for some seconds after Windows starts.',
      on: 'On: from the start of Windows until the driver decides, and whenever it is missing, nothing leaves or reaches this computer.',
      'not-installed':
        'Only an installed Portreeve can block before it runs. This one is being developed.',
    },
    failed: 'Windows did not do this. Restart the computer, then try again.',
    wayOut:
      'If you are cut off and this window does not open, run this in a terminal that is opened as administrator. An uninstallation does the same.',
  },
  updates: {
    title: 'Look for updates',
    off: 'Off: Portreeve asks nobody whether there is a newer version. On, it asks its makers’ server once a day and tells it nothing else.',
    on: 'Once a day. Nothing is downloaded or installed before you say so, and only what carries the signature of this Portreeve.',
    unavailable: {
      development:
        'Only an installed Portreeve looks for newer versions. This one is being developed.',
      unsigned:
        'This build is not signed, so it could not tell a real update from a false one. The installer of a newer version keeps your rules.',
      'no-feed':
        'This build names no place to look. The installer of a newer version keeps your rules.',
    },
    now: {
      idle: 'Nobody has looked yet.',
      looking: 'Looking …',
      starting: 'Windows Installer takes over. Portreeve ends now and comes back by itself.',
    },
    newest: 'This is the newest version. Looked {{time}}.',
    version: 'Version {{version}}',
    found: 'New, {{size, number}} MB to download.',
    downloading: '{{done, number}} of {{size, number}} MB',
    progress: 'Download',
    ready:
      'Downloaded, and its signature is right. While it is installed, for about a minute, nobody is asked: your rules hold, and the rest is treated as when Portreeve does not run.',
    waiting_one: 'One connection waits for your answer. The update begins when it has one.',
    waiting_other:
      '{{count, number}} connections wait for your answer. The update begins when none does.',
    notes: 'What is new',
    step: { look: 'Look now', download: 'Download', install: 'Install', cancel: 'Cancel' },
    failed: {
      look: 'Nobody knows whether there is a newer version.',
      download: 'The update was not downloaded.',
      install: 'The update was not installed.',
    },
    problem: {
      'no-connection':
        'The server could not be reached, or broke off. Try again when you are online.',
      'too-slow': 'The server takes too long. Try again later.',
      'bad-answer': 'The server’s answer makes no sense. Try again later; if this stays, tell us.',
      elsewhere:
        'The server sent Portreeve to another place, where it does not go. A network that asks for a sign-in does that: sign in, then try again.',
      'wrong-size': 'What came was not whole, and was deleted. Try again.',
      'wrong-hash':
        'What came is not what was published, and was deleted. Try again; if this stays, tell us.',
      'disk-full': 'The disk is too full. Make room, then try again.',
      'not-written':
        'It could not be written beside your rules. Restart the computer, then try again.',
      'other-signer':
        'It does not carry the signature of this Portreeve, and was deleted. Do not install it by hand; tell us.',
      'unsafe-folder':
        'Others than administrators can change the folder it would be kept in. Repair Portreeve in Settings > Apps, then try again.',
      'not-started': 'Windows Installer did not start. Restart the computer, then try again.',
    },
  },
  diagnostics: {
    title: 'Diagnostics',
    text: 'Versions, counters and the last messages, for whoever helps you. You see it before you copy it.',
    show: 'Show',
    preview: 'What would be copied',
    withNames: 'With names, paths and addresses',
    copy: 'Copy',
    copied: 'Copied',
  },
  selfTest: {
    title: 'Ask me now',
    text: 'Makes a connection that goes nowhere and holds it, so that you see a question and how fast it comes. No rule is made.',
    start: 'Ask me',
    stop: 'Stop',
    steps: 'Steps of the test',
    starting: 'A program is being started …',
    waiting: 'The question is up. Answer it as you like.',
    step: {
      held: 'A program connected, and the driver held it',
      told: 'Portreeve heard of it',
      painted: 'The question was on the screen',
      answered: 'You answered',
      released: 'The driver carried it out',
    },
    underOne: 'under 1 ms',
    ms: '{{ms, number}} ms',
    seconds: '{{seconds, number}} s',
    done: {
      allow: 'All is well: the program waited for you and was let through.',
      block: 'All is well: the program waited for you and was blocked.',
    },
    problem: {
      'driver-lost': {
        what: 'Nobody holds connections now.',
        remedy: 'The first page says why, and what to do.',
      },
      'nobody-asked': {
        what: 'Nobody would be asked now.',
        remedy: 'Choose “Ask” and end the pause on the first page, then try again.',
      },
      'no-program': {
        what: 'The program that would connect is not there.',
        remedy:
          'On Windows it is curl.exe, in the system folder. Start any new program instead and see whether you are asked.',
      },
      'not-held': {
        what: 'The program ran, and its connection was not held.',
        remedy:
          'Look whether one of your rules answers for it. If none does, restart the computer, then try again.',
      },
      'not-answered': {
        what: 'The question was not answered in time.',
        remedy:
          'The driver has settled it, as it does when nobody is there. If no question came up, look whether something fills the screen, then try again.',
      },
    },
  },
};
