/** What a picture is of. Its name is in the name of its file. */
import type { Page } from 'playwright-core';
import type { OpenOptions } from '../pages.ts';

export interface Shot extends OpenOptions {
  readonly name: string;
  readonly act?: (page: Page) => Promise<void>;
}

export const lost = {
  kind: 'lost',
  reason: 'The driver has stopped.',
  remedy: 'Restart the computer.',
  cause: 'driver-stopped',
} as const;
