/** The words about Portreeve itself in English. */
export const englishSettings = {
  settings: {
    managed: 'Managed by your organisation',
    running: 'Running',
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
    updates: 'Updates',
    updatesText:
      'Portreeve does not look for newer versions: it has none that are signed yet. The installer of a newer version keeps your rules.',
    asked: 'Who is asked',
    askedText:
      'Administrators who have signed in. Other users’ programs follow the rules, and what has none is treated as above: an answer of theirs could come from any program that they run.',
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
