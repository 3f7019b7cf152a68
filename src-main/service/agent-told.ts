/** What the service tells an agent: where its line is, what proves that it is the agent, and which folder is its own. */
import { z } from 'zod';
import type { LineAddress } from './joined-line.ts';

export interface AgentTold extends LineAddress {
  readonly folder: string;
}

/** Of the environment. */
export const agentVariable = 'PORTREEVE_AGENT';

const told = z.strictObject({
  address: z.string().min(1).max(1024),
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  folder: z.string().min(1).max(1024),
});

export function tellAgent(agent: AgentTold): string {
  return JSON.stringify(agent);
}

/** Takes it out of the environment, so that no process of the agent's inherits it. Null where nothing was told. */
export function takeAgentTold(environment: NodeJS.ProcessEnv): AgentTold | null {
  const text = environment[agentVariable];
  delete environment[agentVariable];
  try {
    return told.safeParse(JSON.parse(text ?? '')).data ?? null;
  } catch {
    return null;
  }
}
