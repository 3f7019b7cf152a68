/** What is kept of a subscription besides its file. */
import type { ListFailure } from '../../../src-preload/contract/model.ts';

export interface Validators {
  /** Of the content that is there, to ask only for a newer one (RFC 9110, 13.1). */
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export interface Subscription extends Validators {
  readonly listId: number;
  readonly name: string;
  /** An https: address, or the absolute path of a file. */
  readonly source: string;
  readonly enabled: boolean;
  readonly updatedAt: number | null;
  readonly checkedAt: number | null;
  readonly failure: ListFailure | null;
}
