/** node lab-victim.ts SOCKET STEP: says when it listens and when it is as far as STEP, and waits to be killed. */
import { labDevice } from '../../src-main/driver/device-lab.ts';
import { goAsFarAs } from './victim.ts';

const [socket = '', step = ''] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
await goAsFarAs(step, { open: () => labDevice(socket).open() }, () => say('listens'));
say('there');
