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
import { serviceName } from './service-names.ts';

/** From this many destinations on, the whole program is the sensible question (product facts, 4.8). */
const MANY_DESTINATIONS = 3;

export interface Advice {
  readonly holdMs: number;
  /** Programs that run other people's code, and places where anybody may put files. */
  readonly isVolatile: (subject: Subject) => boolean;
  /** The blocklist that has this target, and its entry. */
  readonly listHit: (target: Target) => ListHit | null;
}

export function viewOfCard(card: Card, { holdMs, isVolatile, listHit }: Advice): CardView {
  const { heading } = card;
  const facts = card.facts ?? { commandLine: null, startedBy: null, user: null };
  return {
    cardId: card.cardId,
    revision: card.revision,
    state: card.state,
    subject: viewOfSubject(card.subject, card.canBeRemembered),
    process: { processId: Number(heading.process.id), ...facts },
    target: viewOfTarget(heading.target),
    ...(heading.listener === undefined ? {} : { listener: heading.listener }),
    listHit: listHit(heading.target),
    waiting: card.holds.size,
    destinations: card.destinations,
    askedAt: card.askedAt,
    deadline: card.deadline,
    holdMs,
    lifetimes: lifetimesOf(card),
    scopes: scopesOf(card),
    recommended: { scope: recommendedScope(card), lifetime: recommendedLifetime(card, isVolatile) },
  };
}

/** A path that was cut names no program for certain, so nothing outlives the process. */
export function lifetimesOf(card: Card): readonly Lifetime[] {
  return card.canBeRemembered
    ? ['once', 'while-it-runs', 'until-restart', 'always']
    : ['once', 'while-it-runs'];
}

export function scopesOf(card: Card): readonly Scope[] {
  return hasPorts(card.heading.target.protocol)
    ? ['address-port', 'address', 'anything']
    : ['address', 'anything'];
}

export function viewOfSubject(
  { kind, name, path }: Subject,
  canBeRemembered: boolean,
): SubjectView {
  return { kind, name, path, canBeRemembered };
}

export function viewOfTarget(target: Target): TargetView {
  const { address, hostName, port, direction, loopback } = target;
  const protocol = viewOfProtocol(target.protocol);
  const service = serviceName(target);
  return { address, hostName, port, protocol, direction, loopback, service };
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
  return card.destinations >= MANY_DESTINATIONS ? 'anything' : 'address';
}

function recommendedLifetime(card: Card, isVolatile: Advice['isVolatile']): Lifetime {
  return card.canBeRemembered && !isVolatile(card.subject) ? 'always' : 'while-it-runs';
}
