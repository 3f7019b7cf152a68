/** Writes rules to the store at argv[2] until it is killed; tells each one that is acknowledged, and each removal. */
import { writeSync } from 'node:fs';

import { openStore } from '../../../src-main/engine/store/store.ts';
import { draft } from '../fakes/rule-drafts.ts';

const opened = openStore(process.argv[2] ?? '');
if (!opened.ok) throw new Error(opened.error.message);
const store = opened.value;
const tell = (line: string) => writeSync(1, `${line}\n`);

for (let turn = 0; ; turn += 1) {
  const added = store.addRule(draft({ path: `/opt/${process.pid}-${turn}` }), []);
  if (!added.ok) throw new Error(added.error.message);
  tell(`+${added.value.ruleId}`);
  if (turn % 3 === 0) {
    tell(`?${added.value.ruleId}`);
    if (store.removeRules([added.value.ruleId]).ok) tell(`-${added.value.ruleId}`);
  }
  if (turn % 5 === 0) store.saveUse([{ ...added.value, hits: turn }]);
}
