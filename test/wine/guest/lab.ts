/** The lab's device in Wine: what a program does. The bytes are those of driver/lab/wine/lab_device.h. */
import type { Device, IoctlReply } from '../../../src-main/driver/device.ts';
import { windowsDevice } from '../../../src-main/driver/device-windows.ts';

const code = (function_: number): number => (0x12 << 16) | (3 << 14) | (function_ << 2);
const CONNECT = code(0x901);
const CLOSE = code(0x902);
const REAUTHORIZE = code(0x903);
const REPORT = code(0x904);
const RESTART = code(0x905);

const CONNECT_BYTES = 64;
const LOCAL = 16;
const REMOTE = 40;
const PORT = 20;
const REPORT_TEXT = 8;
const REPORT_BYTES = REPORT_TEXT + 4096;
const TCP = 6;
const answers = ['permitted', 'blocked', 'ended'] as const;
const modes = ['inside', 'later'] as const;

export type Answer = (typeof answers)[number];
export type Reauthorize = (typeof modes)[number];

export interface Report {
  readonly broken: number;
  readonly pends: number;
  readonly text: string;
}

export class Lab {
  readonly #device: Device;

  private constructor(device: Device) {
    this.#device = device;
  }

  static async open(): Promise<Lab> {
    const opened = await windowsDevice('\\\\.\\PortreeveLab').open();
    if (!opened.ok) throw new Error(`the lab's device: ${JSON.stringify(opened.failure)}`);
    return new Lab(opened.device);
  }

  /** A TCP connection from this process to 10.0.0.1; resolves when the filters have decided. */
  async connect(endpoint: bigint, port: number): Promise<Answer> {
    const input = new Uint8Array(CONNECT_BYTES);
    const view = new DataView(input.buffer);
    view.setBigUint64(0, endpoint, true);
    input.set([4, TCP, 0], 8);
    input.set([10, 0, 0, 2], LOCAL);
    view.setUint16(LOCAL + PORT, Number(endpoint & 0x3fffn) + 0xc000, true);
    input.set([10, 0, 0, 1], REMOTE);
    view.setUint16(REMOTE + PORT, port, true);
    const output = outputOf(await this.#device.ioctl(CONNECT, input, 4));
    const answer = answers[new DataView(output.buffer, output.byteOffset).getUint32(0, true)];
    if (answer === undefined) throw new Error('no such answer');
    return answer;
  }

  async close(endpoint: bigint): Promise<void> {
    const input = new Uint8Array(8);
    new DataView(input.buffer).setBigUint64(0, endpoint, true);
    outputOf(await this.#device.ioctl(CLOSE, input, 0));
  }

  /** When the reauthorization that follows a completion comes. */
  async reauthorize(mode: Reauthorize): Promise<void> {
    const input = new Uint8Array(4);
    input[0] = modes.indexOf(mode);
    outputOf(await this.#device.ioctl(REAUTHORIZE, input, 0));
  }

  async report(): Promise<Report> {
    const output = outputOf(await this.#device.ioctl(REPORT, new Uint8Array(), REPORT_BYTES));
    const view = new DataView(output.buffer, output.byteOffset);
    const text = new TextDecoder().decode(output.subarray(REPORT_TEXT)).replaceAll('\0', '');
    return { broken: view.getUint32(0, true), pends: view.getUint32(4, true), text };
  }

  /** Ends the filter engine, which looks for what a driver has left behind, and starts it afresh. */
  async restart(): Promise<void> {
    outputOf(await this.#device.ioctl(RESTART, new Uint8Array(), 0));
  }
}

function outputOf(reply: IoctlReply): Uint8Array {
  if (!reply.ok) throw new Error(`the lab refused: ${JSON.stringify(reply.failure)}`);
  return reply.output;
}
