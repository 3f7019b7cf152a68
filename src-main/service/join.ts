/** How each kind of caller joins the service: an administrator's windows by the folder of the rules, an agent by what it was told. */
import type { App } from '../app.ts';
import { findPresence } from '../line/presence.ts';
import type { AgentTold } from './agent-told.ts';
import { type JoinedAppSettings, type JoinedService, joinService } from './joined-app.ts';
import type { LineAddress } from './joined-line.ts';

type Around = Pick<JoinedAppSettings, 'version' | 'windows' | 'clock'>;

export type Joined =
  | { readonly ok: true; readonly app: App }
  /** One sentence that says what is wrong and what to do. */
  | { readonly ok: false; readonly message: string };

export interface AdministratorJoining extends Around {
  readonly stateFolder: string;
  readonly whileLost?: JoinedAppSettings['whileLost'];
  /** How long the service is waited for; ms. */
  readonly patienceMs?: number;
}

export interface AgentJoining extends Around {
  readonly agent: AgentTold;
  /** Nobody answers any more. */
  readonly end: () => void;
}

const PATIENCE_MS = 20_000;
/** Its line was made before it was started. */
const AGENT_PATIENCE_MS = 10_000;
/** As long as an agent lives without its line: a service that comes back starts another one, in the same folder. */
const AGENT_ALONE_MS = 3000;
const notThere =
  'The service of Portreeve does not answer. Start Windows anew, or switch off that standard users may answer.';

/** Windows of an administrator. */
export async function joinAsAdministrator({
  stateFolder,
  patienceMs = PATIENCE_MS,
  ...around
}: AdministratorJoining): Promise<Joined> {
  const find = (): LineAddress | null => {
    const found = findPresence(stateFolder, 'service');
    return found.kind === 'running' ? found.presence : null;
  };
  return resultOf(await joinService({ ...around, find, as: 'administrator' }, patienceMs));
}

/** The prompt of a standard user; it ends when its line has been gone for a while. */
export async function joinAsAgent({ agent, end, ...around }: AgentJoining): Promise<Joined> {
  const whileLost = (lostMs: number): void => {
    if (lostMs >= AGENT_ALONE_MS) end();
  };
  const settings = { ...around, find: () => agent, as: 'agent' as const, whileLost };
  return resultOf(await joinService(settings, AGENT_PATIENCE_MS));
}

function resultOf(joined: JoinedService): Joined {
  if (joined.kind === 'joined') return { ok: true, app: joined.app };
  if (joined.kind !== 'other-version') return { ok: false, message: notThere };
  return {
    ok: false,
    message: `Portreeve's service is of another version (${joined.version}). Start Windows anew.`,
  };
}
