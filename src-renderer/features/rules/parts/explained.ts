/** Connections to be explained, out of rules and of lines of the journal. */
import type { SubjectView } from '../../../../src-preload/contract/model.ts';
import type {
  ConnectionInput,
  JournalView,
  RuleView,
} from '../../../../src-preload/contract/rules.ts';

/** An interpreter's path is followed by a space and its script: an absolute path, or `-m` and a module. */
function programOf({ kind, path }: SubjectView): Pick<ConnectionInput, 'path' | 'script'> {
  const end = kind === 'interpreter-script' ? path.search(/ (?:\/|-m |[A-Za-z]:\\)/u) : -1;
  return end === -1
    ? { path, script: '' }
    : { path: path.slice(0, end), script: path.slice(end + 1) };
}

/** The connection that the rule was made for, or one that it would cover. */
export function connectionOfRule({ subject, asked, place, protocol }: RuleView): ConnectionInput {
  const address = place.kind === 'address' ? place.address : '192.0.2.1';
  return {
    ...programOf(subject),
    address: asked?.address ?? address,
    hostName: asked?.hostName ?? '',
    port: asked?.port ?? 443,
    protocol: asked?.protocol.number ?? protocol?.number ?? 6,
    direction: asked?.direction ?? 'outbound',
  };
}

/** The connection of the line, as it would be decided now. */
export function connectionOfLine({ subject, target }: JournalView): ConnectionInput {
  return {
    ...programOf(subject),
    address: target.address,
    hostName: target.hostName ?? '',
    port: target.port,
    protocol: target.protocol.number,
    direction: target.direction,
  };
}
