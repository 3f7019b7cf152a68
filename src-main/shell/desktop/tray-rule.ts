/** What the tray writes about a connection that was decided: the calls that the manager's page would make. */
import type { SubjectView } from '../../../src-preload/contract/model.ts';
import type { JournalView, RuleInput, SubjectInput } from '../../../src-preload/contract/rules.ts';

/** The program as a rule is written for it; null for kinds that are found out and not written down. */
export function subjectInputOf({
  kind,
  name,
  path,
  canBeRemembered,
}: SubjectView): SubjectInput | null {
  if (!canBeRemembered) return null;
  switch (kind) {
    case 'path':
      return { kind, text: path };
    // A running program has its path there, a rule of somebody's the pattern.
    case 'path-pattern':
      return { kind: /[*?]/.test(path) ? kind : 'path', text: path };
    case 'service':
    case 'package':
      return { kind, text: name };
    case 'anything':
    case 'hash':
    case 'interpreter-script':
    case 'signer':
      return null;
  }
}

/** A rule for this program and this place, from now on; null where none can be written. */
export function ruleOfLine(line: JournalView, verdict: JournalView['verdict']): RuleInput | null {
  const subject = subjectInputOf(line.subject);
  if (subject === null) return null;
  const { target } = line;
  return {
    subject,
    withChildren: false,
    verdict,
    place: target.hostName ?? target.address,
    ports: target.port === 0 || target.direction === 'inbound' ? '' : String(target.port),
    protocol: target.protocol.number,
    direction: target.direction,
    network: null,
    lifetime: 'always',
    minutes: null,
    note: '',
  };
}
