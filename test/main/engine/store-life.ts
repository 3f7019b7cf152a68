/**
 * One life of a store at argv[2]: opens it with its backups as Portreeve does, changes rules, closes it. Tells each change before
 * it is tried ("?") and after it was acknowledged ("+", "-").
 */
import { writeSync } from 'node:fs';

import { openKeptStore, storeFile } from '../../../src-main/engine/store/kept.ts';
import { openStore } from '../../../src-main/engine/store/store.ts';
import type { Store } from '../../../src-main/engine/store/store.ts';
import { systemClock } from '../../../src-main/platform/clock.ts';
import { draft } from '../fakes/rule-drafts.ts';

const [, , folder = '', kind = ''] = process.argv;
const tell = (line: string) => writeSync(1, `${line}\n`);

function live(store: Store): void {
  const loaded = store.loadRules();
  if (!loaded.ok) throw new Error(loaded.error.message);
  tell('open');
  const mine: number[] = [];
  for (let turn = 0; turn < 8; turn += 1) {
    const added = store.addRule(
      draft({ path: `/opt/${process.pid}/${turn}/${'x'.repeat(turn * 300)}` }),
      [],
    );
    if (!added.ok) throw new Error(added.error.message);
    tell(`+${added.value.ruleId}`);
    mine.push(added.value.ruleId);
    store.saveUse([{ ...added.value, hits: turn }]);
  }
  for (const ruleId of mine.filter((_, index) => index % 3 === 0)) {
    tell(`?${ruleId}`);
    if (store.removeRules([ruleId]).ok) tell(`-${ruleId}`);
  }
}

if (kind === 'kept') {
  const kept = await openKeptStore(folder, systemClock, console);
  if (!kept.ok) throw new Error(kept.error.message);
  await kept.value.backups.make();
  live(kept.value.store);
  kept.value.close();
} else {
  const store = openStore(storeFile(folder));
  if (!store.ok) throw new Error(store.error.message);
  live(store.value);
  store.value.close();
}
