/** Random rules and connections out of a small world, so that they meet often. */
import fc from 'fast-check';

import type { Place } from '../../../src-preload/contract/rules.ts';
import type { Asking } from '../../../src-main/engine/policy/covering.ts';
import type { Rule } from '../../../src-main/engine/policy/rule.ts';
import type { HostNames, Subject } from '../../../src-main/engine/ports.ts';
import { draft } from './rule-drafts.ts';
import { sample } from './sample.ts';

export const NOW = 1_900_000_000_000;

const addresses = ['10.0.0.1', '10.0.0.7', '8.8.8.8', '127.0.0.1', 'fe80::1%4', '2001:db8::1'];
const names = ['a.example', 'b.a.example', 'example', 'xa.example'];
const ports = [0, 53, 80, 443, 8080];
const processes = [1, 2, 3].map((id) => ({ id: BigInt(id), created: 5n }));
const paths = ['/opt/app-1.2.3/app', '/opt/app-2.0/app', '/usr/bin/curl'];

const subjectOf = (kind: Subject['kind'], key: string): Subject => ({
  kind,
  key,
  name: key,
  path: key,
});
const subject: fc.Arbitrary<Subject> = fc.oneof(
  fc.constantFrom(...paths).map((path) => subjectOf('path', path)),
  fc
    .constantFrom('/opt/app-{version}/app', '/opt/*/app', '/usr/bin/cu*')
    .map((pattern) => subjectOf('path-pattern', pattern)),
  fc.constantFrom('s1', 's2').map((key) => subjectOf('interpreter-script', key)),
  fc.constantFrom('h1', 'h2').map((key) => subjectOf('hash', key)),
  fc.constantFrom('v1').map((key) => subjectOf('service', key)),
  fc.constantFrom('p1').map((key) => subjectOf('package', key)),
  fc.constantFrom('g1').map((key) => subjectOf('signer', key)),
  fc.constant(subjectOf('anything', '')),
);

const place: fc.Arbitrary<Place> = fc.oneof(
  fc.constant<Place>({ kind: 'anything' }),
  fc.constantFrom<Place>({ kind: 'anything' }, { kind: 'lan' }, { kind: 'loopback' }),
  fc.constantFrom(...addresses).map((address) => ({ kind: 'address' as const, address })),
  fc.constantFrom<Place>(
    { kind: 'range', first: '10.0.0.0', last: '10.255.255.255' },
    { kind: 'range', first: '10.0.0.3', last: '10.0.0.9' },
    { kind: 'range', first: '0.0.0.0', last: '255.255.255.255' },
    { kind: 'range', first: '2001:db8::', last: '2001:db8::ffff' },
    { kind: 'range', first: '::', last: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' },
  ),
  fc.constantFrom(...names).map((name) => ({ kind: 'host' as const, name })),
  fc.constantFrom(...names).map((name) => ({ kind: 'domain' as const, name })),
);

const lifetime = fc.oneof(
  fc.constantFrom(
    { lifetime: 'always' as const },
    { lifetime: 'until-restart' as const, bootId: 'b' },
  ),
  fc.constant({ lifetime: 'until-sign-out' as const, signInId: 's' }),
  fc.constantFrom(-1, 1).map((ms) => ({ lifetime: 'minutes' as const, until: NOW + ms })),
  fc
    .subarray(processes, { minLength: 1 })
    .map((of) => ({ lifetime: 'while-it-runs' as const, bootId: 'b', processes: of })),
);

const terms = fc.record({
  withChildren: fc.boolean(),
  verdict: fc.constantFrom('allow' as const, 'block' as const, 'drop' as const),
  place,
  ports: fc.constantFrom(null, null, null, [{ first: 443, last: 443 }], [{ first: 0, last: 1023 }]),
  protocol: fc.constantFrom(null, null, 6, 17, 1),
  direction: fc.constantFrom('outbound' as const, 'inbound' as const, 'both' as const),
  network: fc.constantFrom(
    null,
    null,
    null,
    null,
    { kind: 'profile' as const, profile: 'public' as const },
    { kind: 'network' as const, id: 'n1' },
  ),
});

/** With ids from 1 on, in the order in which they were made. */
export const rules: fc.Arbitrary<Rule[]> = fc
  .array(fc.tuple(subject, terms, lifetime, fc.integer({ min: 0, max: 9 })), { maxLength: 40 })
  .map((all) =>
    all.map(([whom, what, howLong, dice], index) => ({
      ...draft({ ...what, ...howLong, subject: whom, createdAt: NOW - 1000 }),
      ruleId: index + 1,
      editedAt: null,
      enabled: dice > 0,
      hits: 0,
      lastUsedAt: null,
    })),
  );

/** Several names for one address, aliases among them. */
const hostNames: fc.Arbitrary<HostNames | null> = fc.option(
  fc.record({
    chains: fc.array(fc.subarray(names, { minLength: 1 }), { minLength: 1, maxLength: 3 }),
    isMore: fc.boolean(),
    origin: fc.constant('dns-cache' as const),
    seenAt: fc.constant(NOW),
    isFresh: fc.boolean(),
  }),
);

/** A connection, with everything that rules may look at. */
export const asking: fc.Arbitrary<Asking> = fc
  .record({
    path: fc.constantFrom(...paths),
    parent: fc.constantFrom(...paths),
    more: fc.subarray(['s1', 'h1', 'v1', 'p1', 'g1']),
    pid: fc.constantFrom(1, 2, 3, 9),
    parentPid: fc.constantFrom(1, 2, 8),
    address: fc.constantFrom(...addresses),
    hostName: fc.constantFrom(null, ...names),
    hostNames,
    port: fc.constantFrom(...ports),
    protocol: fc.constantFrom(1, 6, 17),
    direction: fc.constantFrom('outbound' as const, 'inbound' as const),
    network: fc.constantFrom(null, { profile: 'public' as const, id: 'n1' }),
  })
  .map(({ path, parent, more, pid, parentPid, network, hostNames: known, ...where }) => {
    const target = known === null ? where : { ...where, hostName: null, names: known };
    const kinds = { s1: 'interpreter-script', h1: 'hash', v1: 'service', p1: 'package' } as const;
    const named = more.map((key) => subjectOf(kinds[key as keyof typeof kinds] ?? 'signer', key));
    const own = subjectOf('path', path);
    const process = { id: BigInt(parentPid), created: 5n };
    return {
      caller: {
        subject: own,
        subjects: [...named, own],
        ancestors: [{ process, subjects: [subjectOf('path', parent)] }],
        complete: true,
      },
      connection: sample({ ...target, path, pid, created: 5n, loopback: false, time: NOW }),
      now: NOW,
      network,
    };
  });
