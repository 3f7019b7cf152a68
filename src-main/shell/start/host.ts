/** What only Electron can do for a start; everything else of it is decided without Electron. */
import type { App, WindowHandlers } from '../../app.ts';
import type { Sensors } from '../desktop/watch.ts';
import type { Question } from './refusals.ts';

export interface Shell {
  readonly windowHandlers: WindowHandlers;
  /** All windows and the tray. `quietly`: none comes up by itself. */
  open(app: App, quietly: boolean): void;
  /** The manager alone, for somebody who may only look. */
  openOnlooker(app: App): void;
  /** The prompt alone, of a standard user. */
  openAgent(app: App): void;
  showManager(): void;
}

export interface Host {
  readonly version: string;
  /** What the user reads, the first most. */
  readonly languages: readonly string[];
  /** Electron works. */
  ready(): Promise<void>;
  /** At once. */
  exit(code: number): void;
  /** After `beforeExit`. */
  quit(): void;
  /** The same, and then this program again as it was started. */
  startAnew(): void;
  /** Before `ready`: Chromium's folder. */
  setProfile(folder: string): void;
  /** Before `ready`: nothing is ever painted here. */
  withoutGraphics(): void;
  /** False where another process has this profile. `again`: somebody has started one more. */
  isFirst(again: () => void): boolean;
  beforeExit(stop: () => Promise<void>): void;
  ask(question: Question): Promise<number>;
  complain(message: string): void;
  makeShell(sensors: Sensors): Shell;
}
