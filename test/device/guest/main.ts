/** A process on this computer with the client of the lab: node main.ts FOLDER SOCKET. */
import { labDevice } from '../../../src-main/driver/device-lab.ts';
import { clientCommands } from './client.ts';
import { serve, tellThrough } from './serve.ts';

const [folder = '.', socket = ''] = process.argv.slice(2);
const tell = tellThrough(folder);
serve(folder, tell, clientCommands(labDevice(socket), tell));
