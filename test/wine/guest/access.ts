/** Access lists and rights as the product asks Windows for them, and folders to ask about. */
import { mkdirSync } from 'node:fs';

import {
  privateFolder,
  programWeakness,
  stateWeakness,
} from '../../../src-main/platform/install-windows.ts';
import { strangersIn } from '../../../src-main/platform/sddl.ts';
import * as calls from '../../../src-main/platform/windows/access.ts';
import { ownRights } from '../../../src-main/platform/windows/tokens.ts';

/** What the host may ask of this guest. */
export const accessCommands = {
  ownRights: () => Promise.resolve(ownRights()),
  securityOf: (path: string) => Promise.resolve(calls.securityOf(path)),
  /** Twice: the first time it is made, then it is there. */
  makePrivateFolder: (path: string) => {
    const made = [0, 1].map(() => calls.makeFolderWith(path, privateFolder));
    const security = calls.securityOf(path) ?? '';
    return Promise.resolve({ made, security, strangers: strangersIn(security, 'private') });
  },
  makeOpenFolder: (path: string) => {
    const open = `${privateFolder}(A;OICI;FA;;;WD)`;
    const made = calls.makeFolderWith(path, open);
    mkdirSync(`${path}\\inside`);
    const found = { state: stateWeakness(path, calls), program: programWeakness(path, calls) };
    const strangers = strangersIn(calls.securityOf(path) ?? '', 'private');
    return Promise.resolve({ made, strangers, ...found });
  },
};
