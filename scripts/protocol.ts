/** `npm run protocol`: makes the generated files of the wire anew from driver/protocol/portreeve_wire.h. */
import { node, run, scriptArgs } from './process.ts';

const { code, output } = await run(
  node,
  scriptArgs('driver/protocol/generate.ts', process.argv.slice(2)),
);
process.stdout.write(output);
process.exitCode = code;
