/** `npm run portreeve -- COMMAND`: the command line from the sources. */
import '../src-main/main-cli.ts';
