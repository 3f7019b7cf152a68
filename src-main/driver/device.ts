/** The control device as the client sees it: open, requests that can be cancelled, close. Two make it: lab and Windows. */
import type { DriverFailure } from '../engine/ports.ts';

export type FailureCode =
  | 'not-installed'
  | 'access-denied'
  | 'busy'
  | 'wrong-version'
  /** It was there and went away, or fell silent. */
  | 'gone'
  /** It said something that the protocol does not have. */
  | 'protocol'
  | 'refused';

export interface DeviceFailure {
  readonly code: FailureCode;
  /** What the system said, for `refused`, `protocol` and, where it is known, `gone`; empty elsewhere. */
  readonly detail: string;
}

export type IoctlReply =
  | { readonly ok: true; readonly output: Uint8Array }
  | { readonly ok: false; readonly failure: DeviceFailure };

export type Opened =
  | { readonly ok: true; readonly device: Device }
  | { readonly ok: false; readonly failure: DeviceFailure };

export interface Device {
  /**
   * One request. `signal` cancels it in the driver; the reply then is a failure. Any number may be under way; they reach
   * the driver in the order of the calls.
   */
  ioctl(
    code: number,
    input: Uint8Array,
    outputCapacity: number,
    signal?: AbortSignal,
  ): Promise<IoctlReply>;
  /** Ends everything that is under way. Harmless when repeated. */
  close(): Promise<void>;
}

export interface DeviceKind {
  /** Seconds without an answer after which a driver is given up; 5 where it isn't said. */
  readonly patience?: number;
  open(): Promise<Opened>;
  /** A whole sentence each: what is wrong, and what to do about it. */
  explain(failure: DeviceFailure): DriverFailure;
}

export function failure(
  code: FailureCode,
  detail = '',
): { readonly ok: false; readonly failure: DeviceFailure } {
  return { ok: false, failure: { code, detail } };
}

const codes = new Map<number, FailureCode>([
  [0xc0000022, 'access-denied'],
  [0xc0000043, 'busy'],
  [0xc0000059, 'wrong-version'],
  [0xc0000120, 'gone'],
]);

/** A failure for an NTSTATUS value. */
export function ntstatusFailure(status: number) {
  const code = codes.get(status);
  return code === undefined
    ? failure('refused', `status 0x${status.toString(16).toUpperCase()}`)
    : failure(code);
}
