/** Portreeve without windows on the state folder argv[2]; the driver is looked for at a socket where there is none. */
import { startApp } from '../../../../src-main/app.ts';
import { noUpkeep } from '../../../../src-main/upkeep/handlers.ts';

const [, , stateFolder = ''] = process.argv;
const nothing = () => Promise.resolve({ ok: true as const, value: null });
const started = await startApp({
  stateFolder,
  labSocket: '/nonexistent/lab.sock',
  version: '1.2.3',
  windows: {
    resizePrompt: nothing,
    showPrompt: nothing,
    saveFile: () => Promise.resolve({ ok: true, value: { saved: 'no' } }),
  },
  upkeep: noUpkeep,
});
if (!started.ok) throw new Error(started.message);
process.on('SIGTERM', () => void started.app.stop().finally(() => process.exit(0)));
// The store's timers do not keep a process alive.
setInterval(() => {}, 60_000);
process.stdout.write('ready\n');
