/** An administrator's Portreeve where it is windows of the service: joined at the start, and looked after while it is gone. */
import type { Autostart } from '../../platform/autostart.ts';
import { type AdministratorJoining, type Joined, joinAsAdministrator } from '../../service/join.ts';
import { openPreferences } from '../../upkeep/preferences.ts';

export interface TheService extends Omit<AdministratorJoining, 'whileLost'> {
  /** Its task; null where nothing is installed. */
  readonly service: Autostart | null;
  /** Ends this process, and starts it again. */
  readonly startAnew: () => void;
}

/** A service that was ended on purpose comes back in less. */
const REVIVE_AFTER_MS = 5000;
const REVIVE_PAUSE_MS = 60_000;

/** Whether Portreeve is to run as a service. */
export function isServiceWanted(stateFolder: string): boolean {
  return openPreferences(stateFolder, { warn: () => {} }).now.answerers;
}

/** The task is run where nobody answers: it ended by itself, or has never begun. */
export async function joinTheService(parts: TheService): Promise<Joined> {
  const { stateFolder, version, windows, clock, patienceMs } = parts;
  const joining = { stateFolder, version, windows, clock, whileLost: watcherOf(parts) };
  const joined = await joinAsAdministrator({ ...joining, patienceMs: 0 });
  if (joined.ok) return joined;
  await parts.service?.run();
  return joinAsAdministrator(patienceMs === undefined ? joining : { ...joining, patienceMs });
}

/** While the line is gone: the app again where no service is wanted any more, else the service again. */
function watcherOf({
  stateFolder,
  clock,
  service,
  startAnew,
}: TheService): (lostMs: number) => void {
  let revivedAt = 0;
  let hasEnded = false;
  return (lostMs) => {
    if (hasEnded) return;
    if (!isServiceWanted(stateFolder)) {
      hasEnded = true;
      return startAnew();
    }
    const isTime = lostMs >= REVIVE_AFTER_MS && clock.now() - revivedAt >= REVIVE_PAUSE_MS;
    if (!isTime) return;
    revivedAt = clock.now();
    void service?.run();
  };
}
