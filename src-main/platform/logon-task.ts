/**
 * The scheduled tasks that start Portreeve: for an administrator who signs in, with all of the rights that Windows gives them; and,
 * where an administrator has allowed standard users to answer, as the system's service when Windows starts.
 * Format: [MS-TSCH] 2.5, "XML Task Definition Language".
 */

/** Well-known SID of BUILTIN\Administrators. A group's task runs for each of its members, in their own session. */
const ADMINISTRATORS = 'S-1-5-32-544';
/** NT AUTHORITY\SYSTEM. */
const SYSTEM = 'S-1-5-18';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** For a text or an attribute of XML 1.0. */
export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '');
}

interface Task {
  readonly description: string;
  readonly trigger: 'LogonTrigger' | 'BootTrigger';
  /** Its name in the definition, and the one element that says who it is. */
  readonly principal: readonly [id: string, identity: string];
  readonly enabled: boolean;
  /** Also started this often while it does not run; empty for once. */
  readonly repetition: string;
  readonly argument: string;
}

/**
 * The task's definition. `program` is an absolute path: the task scheduler would expand variables with those of the user, who
 * could then have any program started with these rights.
 */
export function logonTaskXml(program: string): string {
  return taskXml(program, {
    description: 'Starts Portreeve when an administrator signs in.',
    trigger: 'LogonTrigger',
    principal: ['Administrators', `<GroupId>${ADMINISTRATORS}</GroupId>`],
    enabled: true,
    repetition: '',
    argument: '--at-logon',
  });
}

/**
 * The same for the service, which is not to run before an administrator has switched it on. RestartOnFailure is for what could
 * not be started ([MS-TSCH] 2.5.4.2); one that has ended, however that came, is started again by the trigger's repetition, which
 * does nothing while it runs (IgnoreNew).
 */
export function serviceTaskXml(program: string): string {
  return taskXml(program, {
    description:
      'Lets standard users answer for their own programs, where an administrator allows it.',
    trigger: 'BootTrigger',
    principal: ['System', `<UserId>${SYSTEM}</UserId>`],
    enabled: false,
    repetition: 'PT1M',
    argument: '--service',
  });
}

/**
 * Without limits of time, battery or idleness, for it has to run as long as somebody is signed in; priority 5 is that of
 * programs that a user starts (a task's own default, 7, is below it).
 */
function taskXml(
  program: string,
  { description, trigger, principal: [id, identity], enabled, repetition, argument }: Task,
): string {
  const repeated =
    repetition === ''
      ? ''
      : `
      <Repetition>
        <Interval>${repetition}</Interval>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>`;
  return `<?xml version="1.0"?>
<Task version="1.3" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Author>Portreeve</Author>
    <Description>${description}</Description>
  </RegistrationInfo>
  <Triggers>
    <${trigger}>
      <Enabled>true</Enabled>${repeated}
    </${trigger}>
  </Triggers>
  <Principals>
    <Principal id="${id}">
      ${identity}
      <RunLevel>HighestAvailable</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>false</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <Enabled>${enabled}</Enabled>
    <Hidden>false</Hidden>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
    <WakeToRun>false</WakeToRun>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>5</Priority>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>3</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="${id}">
    <Exec>
      <Command>${escapeXml(program)}</Command>
      <Arguments>${argument}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}
