/** `npm run format`: rewrites every source as `npm run check` wants it. */
import { format } from './check.ts';

process.exitCode = await format();
