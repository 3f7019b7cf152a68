/**
 * The scheduled task that starts Portreeve when an administrator signs in, with all of the rights that Windows gives them.
 * Format: [MS-TSCH] 2.5.1, "XML Task Definition Language".
 */

/** Well-known SID of BUILTIN\Administrators. A group's task runs for each of its members, in their own session. */
const ADMINISTRATORS = 'S-1-5-32-544';

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

/**
 * The task's definition. `program` is an absolute path: the task scheduler would expand variables with those of the user, who
 * could then have any program started with these rights.
 *
 * Without limits of time, battery or idleness, for it has to run as long as somebody is signed in; priority 5 is that of
 * programs that a user starts (a task's own default, 7, is below it).
 */
export function logonTaskXml(program: string): string {
  return `<?xml version="1.0"?>
<Task version="1.3" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Author>Portreeve</Author>
    <Description>Starts Portreeve when an administrator signs in.</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Administrators">
      <GroupId>${ADMINISTRATORS}</GroupId>
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
    <Enabled>true</Enabled>
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
  <Actions Context="Administrators">
    <Exec>
      <Command>${escapeXml(program)}</Command>
      <Arguments>--at-logon</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}
