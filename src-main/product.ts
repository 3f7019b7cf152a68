/**
 * The names under which Windows knows Portreeve. The app, the installer's actions and their tests all take them from here, so
 * that what is installed is what is looked for, and what is removed at the end.
 */
export const product = {
  name: 'Portreeve',
  /** The app's program, in its folder below %ProgramFiles%. */
  program: 'Portreeve.exe',
  /** The installer's program, below the app's resources. */
  setup: 'setup\\portreeve-setup.exe',
  /** Service and device name of the driver; portreeve.inf installs it under this name. */
  driverService: 'portreeve',
  /** Below %ProgramData%: rules, journal, logs. Only SYSTEM and administrators may write there. */
  dataFolder: 'Portreeve',
  /** Path of the scheduled task that starts the app at logon with the highest privileges of its user. */
  logonTask: '\\Portreeve\\Start at logon',
  /** Path of the scheduled task that starts the service with Windows, where standard users may answer (ADR 0079). */
  serviceTask: '\\Portreeve\\Service',
  eventSource: 'Portreeve',
  /** Below HKEY_LOCAL_MACHINE: what an administrator sets by policy. */
  policyKey: 'SOFTWARE\\Policies\\Portreeve',
  /** Below HKEY_LOCAL_MACHINE: what the installer was told. */
  settingsKey: 'SOFTWARE\\Portreeve',
  /** Values of the settings key. */
  settings: {
    mode: 'Mode',
    noClientPolicy: 'NoClientPolicy',
    /** Addresses with a remote session while Portreeve was installed, each with a comma after it. */
    remotePeers: 'RemotePeers',
  },
} as const;
