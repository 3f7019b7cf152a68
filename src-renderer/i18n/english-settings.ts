/** The words about Portreeve itself in English. */
export const englishSettings = {
  settings: {
    managed: 'Managed by your organisation',
    running: 'Running',
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
    asked: 'Who is asked',
    askedText:
      'Administrators who have signed in. Other users’ programs follow the rules, and what has none is treated as above: an answer of theirs could come from any program that they run.',
  },
};
