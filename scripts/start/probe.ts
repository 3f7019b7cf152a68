/** The command of the lab that makes the connection of the self-test: a Node that connects to the address that is added. */
import { node } from '../process.ts';

const connect = "require('net').connect(+process.argv[2], process.argv[1]).on('error', () => {})";

/** As Portreeve's `--probe` takes it. */
export function probeArgs(labProgram: string, door: string): string[] {
  const command = [labProgram, 'exec', '--door', door, '--', node, '-e', connect, '--'];
  return ['--probe', JSON.stringify(command)];
}
