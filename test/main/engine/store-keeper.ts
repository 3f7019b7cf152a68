/** Keeps the store in the folder at argv[2] open until it is killed. */
import { openKeptStore } from '../../../src-main/engine/store/kept.ts';
import { systemClock } from '../../../src-main/platform/clock.ts';

const opened = await openKeptStore(process.argv[2] ?? '', systemClock, console);
process.stdout.write(opened.ok ? 'open\n' : `${opened.error.message}\n`);
setInterval(() => undefined, 60_000);
