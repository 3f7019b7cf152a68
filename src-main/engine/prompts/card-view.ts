/** Cards as pages see them, and what they offer. */
import type {
  CardView,
  Lifetime,
  ListHit,
  Protocol,
  Scope,
  SubjectView,
  TargetView,
} from '../../../src-preload/contract/model.ts';
import type { Subject, Target } from '../ports.ts';
import type { Card } from './card.ts';
import { registrableDomain } from '../policy/places.ts';
import { signerOf } from '../subjects/signer.ts';
import { serviceName } from './service-names.ts';

/** From this many destinations on, the whole program is the sensible question (product facts, 4.8). */
const MANY_DESTINATIONS = 3;

export interface Advice {
  readonly holdMs: number;
  /** Whether an answer may make a lasting rule. */
  readonly mayLast: boolean;
  /** Programs that run other people's code, and places where anybody may put files. */
  readonly isVolatile: (subject: Subject) => boolean;
  /** The blocklist that has this target, and its entry. */
  readonly listHit: (target: Target) => ListHit | null;
  /** The hold of a self-test; null while there is none. */
  readonly testId: bigint | null;
}

export function viewOfCard(card: Card, advice: Advice): CardView {
  const { holdMs, listHit } = advice;
  const { heading } = card;
  const facts = card.facts ?? { commandLine: null, startedBy: null, user: null };
  const account = card.account === null ? {} : { account: facts.user ?? card.account };
  return {
    cardId: card.cardId,
    revision: card.revision,
    state: card.state,
    subject: { ...viewOfSubject(card.subject, card.canBeRemembered), isLooking: card.isLooking },
    process: { processId: Number(heading.process.id), ...facts },
    target: viewOfTarget(heading.target),
    ...(heading.listener === undefined ? {} : { listener: heading.listener }),
    listHit: listHit(heading.target),
    waiting: card.holds.size,
    destinations: card.destinations,
    askedAt: card.askedAt,
    deadline: card.deadline,
    holdMs,
    ...account,
    ...choicesOf(card, advice),
  };
}

type Choices = Pick<CardView, 'lifetimes' | 'scopes' | 'recommended' | 'isTest'>;

/** A self-test leaves no rule behind. A card that others wait under as well is theirs. */
function choicesOf(card: Card, advice: Advice): Choices {
  const { testId, mayLast } = advice;
  if (testId !== null && card.holds.size === 1 && card.holds.has(testId)) return forTest;
  return {
    lifetimes: mayLast ? lifetimesOf(card) : forNow,
    scopes: scopesOf(card),
    recommended: { scope: recommendedScope(card), lifetime: recommendedLifetime(card, advice) },
  };
}

const forTest: Choices = {
  lifetimes: ['once'],
  scopes: ['address-port'],
  recommended: { scope: 'address-port', lifetime: 'once' },
  isTest: true,
};
const forNow: readonly Lifetime[] = ['once', 'while-it-runs'];

/** Before it is known who asks, or when the path was cut, nothing outlives the process. */
export function lifetimesOf(card: Card): readonly Lifetime[] {
  return card.canBeRemembered && !card.isLooking
    ? ['once', 'while-it-runs', 'until-restart', 'always']
    : forNow;
}

/** Where the name is known, it takes the place of the port. */
export function scopesOf(card: Card): readonly Scope[] {
  const { hostName, protocol } = card.heading.target;
  if (hostName !== null) return ['address', 'host', 'domain', 'anything'];
  return hasPorts(protocol) ? ['address-port', 'address', 'anything'] : ['address', 'anything'];
}

export function viewOfSubject(subject: Subject, canBeRemembered: boolean): SubjectView {
  const { kind, name, path } = subject;
  const view = { kind, name, path, canBeRemembered };
  return kind === 'signer' ? { ...view, signedBy: signerOf(subject) } : view;
}

export function viewOfTarget(target: Target): TargetView {
  const { address, hostName, port, direction, loopback } = target;
  const protocol = viewOfProtocol(target.protocol);
  const service = serviceName(target);
  const view = { address, hostName, port, protocol, direction, loopback, service };
  return { ...view, ...viewOfNames(target) };
}

function viewOfNames({ hostName, names }: Target): Pick<TargetView, 'domain' | 'names'> {
  const domain = hostName === null ? null : registrableDomain(hostName);
  if (names === undefined) return domain === null ? {} : { domain };
  const { chains, isMore, origin, seenAt, isFresh } = names;
  const known = chains.flatMap(([first]) => first ?? []);
  return { domain, names: { known, isMore, origin, seenAt, isFresh } };
}

/** IANA protocol numbers. */
const protocols = new Map<number, 'tcp' | 'udp' | 'icmp' | 'icmpv6'>([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [58, 'icmpv6'],
]);

export function viewOfProtocol(number: number): Protocol {
  return { kind: protocols.get(number) ?? 'other', number };
}

function hasPorts(protocol: number): boolean {
  const kind = protocols.get(protocol);
  return kind === 'tcp' || kind === 'udp';
}

function recommendedScope(card: Card): Scope {
  if (card.destinations >= MANY_DESTINATIONS) return 'anything';
  return card.heading.target.hostName === null ? 'address' : 'host';
}

function recommendedLifetime(card: Card, { isVolatile, mayLast }: Advice): Lifetime {
  const canLast = mayLast && lifetimesOf(card).includes('always');
  const isSure = canLast && !isVolatile(card.subject);
  return isSure ? 'always' : 'while-it-runs';
}
