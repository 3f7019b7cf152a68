/**
 * What the service needs of the operating system to have an agent in the session of each standard user: who is signed in, a
 * folder for the agent that nobody else can write to, and the agent itself.
 */

/** A session that somebody is signed in to. */
export interface UserSession {
  readonly sessionId: number;
  /** The account's security identifier as text, such as "S-1-5-21-…-1001". */
  readonly account: string;
  /** The account's name, for people; the text of its identifier where it has none. */
  readonly name: string;
  /** Whether the account is an administrator's, elevated or not. True where that can't be told: no agent for them. */
  readonly isAdministrator: boolean;
  /** Another text for each sign-in of one start of the host; the same for as long as it lasts. */
  readonly signIn: string;
}

/** An agent that runs, or did. */
export interface AgentProcess {
  readonly processId: number;
  /** Settles when it has ended, however that came. */
  readonly exited: Promise<void>;
  /** Ends it at once; does nothing when it has ended already. */
  stop(): void;
}

export interface AgentsPort {
  sessions(): readonly UserSession[];
  /** Calls at every change of sessions; returns what ends it. */
  onChange(changed: () => void): () => void;
  /** Throws nothing: null where it could not be started. `agent` is JSON text for PORTREEVE_AGENT. */
  start(session: UserSession, agent: string, folder: string): AgentProcess | null;
  /** Makes or checks the agent's folder; null where others could write there. */
  folderFor(session: UserSession): string | null;
}
