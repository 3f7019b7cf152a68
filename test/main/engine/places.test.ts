/** Where a connection goes: names that are known, unsure or late, and the network that it goes through. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, describe, expect, test, vi } from 'vitest';

import { FRESH_MS, KnownNames } from '../../../src-main/platform/known-names.ts';
import { hostsFileNames } from '../../../src-main/platform/names-hosts.ts';
import { windowsNames } from '../../../src-main/platform/names-windows.ts';
import { windowsNetworks } from '../../../src-main/platform/networks-windows.ts';
import type { HostNames, NamesPort, Network } from '../../../src-main/engine/ports.ts';
import { type Bench, startBench } from '../fakes/engine-bench.ts';
import { hands } from '../fakes/hands.ts';
import { ruleInput } from '../fakes/rule-inputs.ts';
import { sample } from '../fakes/sample.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

let bench: Bench;
const { card, cards, answer, rules, verdicts } = hands(() => bench);

afterEach(async () => {
  await bench.engine.stop();
});

const remote = { loopback: false, address: '192.0.2.7' };

/** Names as a test says them; a look takes effect when it is told. */
class FakeNames implements NamesPort {
  readonly known = new Map<string, HostNames>();
  late: (() => void)[] = [];
  isLate = false;

  say(address: string, ...chains: readonly (readonly string[])[]): void {
    this.known.set(address, { ...dns, chains });
  }

  namesOf(address: string): HostNames | null {
    return this.known.get(address) ?? null;
  }

  refresh(): Promise<void> {
    if (!this.isLate) return Promise.resolve();
    return new Promise((resolve) => this.late.push(resolve));
  }
}

const dns = { isMore: false, origin: 'dns-cache', seenAt: 1, isFresh: true } as const;

async function withNames(): Promise<FakeNames> {
  const names = new FakeNames();
  bench = await startBench(undefined, { names });
  return names;
}

async function addRule(verdict: 'allow' | 'block', place: string): Promise<void> {
  const added = await bench.engine.handlers.addRule(ruleInput({ verdict, place }));
  expect(added.ok).toBe(true);
}

describe('a name that is known', () => {
  test('is what is asked about, and what the answer is for', async () => {
    const names = await withNames();
    names.say('192.0.2.7', ['mail.example.co.uk']);
    names.say('192.0.2.8', ['mail.example.co.uk']);
    names.say('192.0.2.9', ['other.example.co.uk']);
    bench.driver.hold(sample(remote));
    expect(card()).toMatchObject({
      target: { hostName: 'mail.example.co.uk', domain: 'example.co.uk', address: '192.0.2.7' },
      scopes: ['address', 'host', 'domain', 'anything'],
      recommended: { scope: 'host' },
    });
    await answer('allow', 'host', 'always');
    expect(await rules()).toMatchObject([{ place: { kind: 'host', name: 'mail.example.co.uk' } }]);
    const ids = bench.driver.hold(
      sample({ ...remote, address: '192.0.2.8' }),
      sample({ ...remote, address: '192.0.2.9' }),
    );
    await vi.waitFor(() => expect(verdicts(ids)).toEqual(['allow', 'waiting']));
    await vi.waitFor(() => expect(cards()).toHaveLength(1));
    await answer('block', 'domain', 'always');
    expect(await rules('example.co.uk')).toHaveLength(2);
    expect(verdicts(ids)).toEqual(['allow', 'block']);
  });

  test('without one, no answer can be about a name', async () => {
    await withNames();
    bench.driver.hold(sample(remote));
    expect(card().scopes).toEqual(['address-port', 'address', 'anything']);
    expect(await answer('allow', 'host', 'always')).toMatchObject({ code: 'refused' });
  });

  test('that comes late makes another question of it', async () => {
    const names = await withNames();
    names.isLate = true;
    bench.driver.hold(sample(remote));
    const before = card();
    expect(before.target.hostName).toBeNull();
    names.say('192.0.2.7', ['mail.example']);
    for (const resolve of names.late.splice(0)) resolve();
    await vi.waitFor(() => expect(card().target.hostName).toBe('mail.example'));
    expect(card().cardId).toBe(before.cardId);
    expect(await answer('allow', 'address', 'once', before)).toMatchObject({ code: 'stale' });
  });

  test('of this computer says nothing', async () => {
    const names = await withNames();
    names.say('127.0.0.1', ['evil.example']);
    bench.driver.hold(sample({ loopback: true }));
    expect(card().target.hostName).toBeNull();
  });
});

describe('several names for one address', () => {
  test.each([
    ['allow', 'mail.example', [['mail.example']], 'allow'],
    ['allow', 'mail.example', [['mail.example'], ['evil.test']], 'waiting'],
    ['block', 'mail.example', [['mail.example'], ['evil.test']], 'block'],
    ['allow', '*.example', [['mail.example'], ['www.example']], 'allow'],
    // What one name is an alias of is what has the address.
    ['allow', 'cdn.test', [['mail.example', 'cdn.test']], 'allow'],
    ['block', 'cdn.test', [['mail.example', 'cdn.test']], 'block'],
    ['allow', 'cdn.test', [['mail.example', 'cdn.test'], ['cdn.test']], 'allow'],
    [
      'allow',
      'mail.example',
      [
        ['mail.example', 'cdn.test'],
        ['evil.test', 'cdn.test'],
      ],
      'waiting',
    ],
  ] as const)('%s %s, known as %j: %s', async (verdict, place, chains, expected) => {
    const names = await withNames();
    await addRule(verdict, place);
    names.say('192.0.2.7', ...chains);
    const ids = bench.driver.hold(sample(remote));
    await vi.waitFor(() => expect(bench.driver.answered.size + cards().length).toBe(1));
    expect(verdicts(ids)).toEqual([expected]);
  });

  test('are all told, and no answer is about one of them', async () => {
    const names = await withNames();
    names.say('192.0.2.7', ['mail.example'], ['evil.test']);
    bench.driver.hold(sample(remote));
    expect(card().target).toMatchObject({
      hostName: null,
      names: { known: ['mail.example', 'evil.test'], origin: 'dns-cache' },
    });
    expect(card().scopes).not.toContain('host');
  });

  test.each([
    [{ isFresh: false }, 'allow', 'waiting'],
    [{ isFresh: false }, 'block', 'block'],
    [{ isMore: true }, 'allow', 'waiting'],
    [{ isMore: true }, 'block', 'block'],
  ] as const)('%j: a rule to %s is %s', async (doubt, verdict, expected) => {
    const names = await withNames();
    await addRule(verdict, 'mail.example');
    names.known.set('192.0.2.7', { ...dns, chains: [['mail.example']], ...doubt });
    const ids = bench.driver.hold(sample(remote));
    await vi.waitFor(() => expect(bench.driver.answered.size + cards().length).toBe(1));
    expect(verdicts(ids)).toEqual([expected]);
  });

  test('a rule by name waits for what was looked up just now', async () => {
    const names = await withNames();
    await addRule('allow', 'mail.example');
    names.say('192.0.2.7', ['mail.example']);
    names.isLate = true;
    const ids = bench.driver.hold(sample(remote));
    expect(verdicts(ids)).toEqual(['waiting']);
    names.say('192.0.2.7', ['mail.example'], ['evil.test']);
    for (const resolve of names.late.splice(0)) resolve();
    await vi.waitFor(() => expect(cards()).toHaveLength(1));
    expect(verdicts(ids)).toEqual(['waiting']);
  });
});

describe('what was learned of names', () => {
  const now = 1_900_000_000_000;

  test('is sure for some minutes, then told as old, then forgotten', () => {
    const names = new KnownNames('dns-cache');
    names.learn([{ names: ['Mail.Example.'], address: '192.0.2.7' }], now);
    expect(names.of('192.0.2.7', now + FRESH_MS - 1)).toMatchObject({
      chains: [['mail.example']],
      isFresh: true,
    });
    expect(names.of('192.0.2.7', now + FRESH_MS)).toMatchObject({ isFresh: false });
    expect(names.of('192.0.2.7', now + 86_400_000)).toBeNull();
  });

  test('that is old gives way to what is there now', () => {
    const names = new KnownNames('dns-cache');
    names.learn([{ names: ['old.example'], address: '192.0.2.7' }], now);
    names.learn([{ names: ['new.example'], address: '192.0.2.7' }], now + FRESH_MS);
    expect(names.of('192.0.2.7', now + FRESH_MS)?.chains).toEqual([['new.example']]);
  });

  test('is bounded, and says so', () => {
    const names = new KnownNames('dns-cache');
    const many = Array.from({ length: 100 }, (_, index) => ({
      names: [`n${index}.example`],
      address: '192.0.2.7',
    }));
    names.learn(many, now);
    expect(names.of('192.0.2.7', now)).toMatchObject({ isMore: true });
    expect(names.of('192.0.2.7', now)?.chains).toHaveLength(32);
    const flood = Array.from({ length: 30_000 }, (_, index) => ({
      names: ['x.example'],
      address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
    }));
    names.learn(flood, now);
    expect(names.of('192.0.2.7', now)).toBeNull();
  });

  test('takes no text for a name that is none', () => {
    const names = new KnownNames('dns-cache');
    const odd = [
      'localhost',
      'x.localhost',
      '7.2.0.192.in-addr.arpa',
      'a b',
      '',
      'a..b',
      '\u202egpj.exe',
    ];
    names.learn(
      odd.map((name) => ({ names: [name], address: '192.0.2.7' })),
      now,
    );
    expect(names.of('192.0.2.7', now)).toBeNull();
  });
});

describe('sources', () => {
  test('a hosts file, as it is now', async () => {
    const file = path.join(temporaryFolder(), 'hosts');
    writeFileSync(
      file,
      '# none\n127.0.0.1 localhost\n192.0.2.7 Mail.Example mail # here\nfe80::1%4\nnonsense x\n',
    );
    const names = hostsFileNames(file);
    bench = await startBench(undefined, { names });
    bench.driver.hold(sample(remote));
    expect(card().target).toMatchObject({
      hostName: 'mail.example',
      names: { origin: 'hosts-file' },
    });
    expect(names.namesOf('127.0.0.1')).toBeNull();
    writeFileSync(file, '192.0.2.7 elsewhere.example\n');
    await vi.waitFor(() =>
      expect(names.namesOf('192.0.2.7')?.chains[0]?.[0]).toBe('elsewhere.example'),
    );
    expect(hostsFileNames('/nowhere/hosts').namesOf('192.0.2.7')).toBeNull();
  });

  test("Windows' cache: whoever comes during a look waits for the next", async () => {
    bench = await startBench();
    const looks: ((value: unknown) => void)[] = [];
    const ask = () => new Promise<never>((resolve) => looks.push(resolve as never));
    const names = windowsNames({ ask });
    const [first, second, third] = [names.refresh(), names.refresh(), names.refresh()];
    expect(looks).toHaveLength(1);
    looks[0]?.([]);
    await first;
    await vi.waitFor(() => expect(looks).toHaveLength(2));
    looks[1]?.([{ names: ['mail.example'], address: '192.0.2.7' }]);
    await Promise.all([second, third]);
    expect(names.namesOf('192.0.2.7')?.chains).toEqual([['mail.example']]);
    expect(looks).toHaveLength(2);
  });

  test("Windows' cache: a look that never ends holds nobody for long, and one that fails says nothing", async () => {
    bench = await startBench();
    const names = windowsNames({ ask: () => new Promise<never>(() => undefined) });
    await names.refresh();
    const failing = windowsNames({ ask: () => Promise.resolve(undefined) });
    await failing.refresh();
    expect(failing.namesOf('192.0.2.7')).toBeNull();
  });
});

describe('a rule with a condition about the network', () => {
  const home: Network = { profile: 'private', id: '{HOME}' };
  const cafe: Network = { profile: 'public', id: '{CAFE}' };

  test.each([
    [{ kind: 'profile', profile: 'private' }, home, 'allow'],
    [{ kind: 'profile', profile: 'private' }, cafe, 'waiting'],
    [{ kind: 'profile', profile: 'private' }, null, 'waiting'],
    [{ kind: 'network', id: '{HOME}' }, home, 'allow'],
    [{ kind: 'network', id: '{HOME}' }, cafe, 'waiting'],
  ] as const)('%j in %j: %s', async (network, where, expected) => {
    const asked: string[] = [];
    const networkOf = (address: string) => {
      asked.push(address);
      return Promise.resolve(where);
    };
    bench = await startBench(undefined, { networks: { networkOf } });
    const input = ruleInput({ verdict: 'allow', place: '', network });
    await bench.engine.handlers.addRule(input);
    const ids = bench.driver.hold(sample({ ...remote, localAddress: '10.0.0.2' }));
    await vi.waitFor(() => expect(bench.driver.answered.size + cards().length).toBe(1));
    expect(verdicts(ids)).toEqual([expected]);
    expect(asked).toEqual(['10.0.0.2']);
  });

  test('the network is that of the address the connection comes from', async () => {
    bench = await startBench();
    const both = [
      { address: '10.0.0.2', network: home },
      { address: 'fe80::1', network: cafe },
    ];
    const ask = vi.fn(() => Promise.resolve(both as never));
    const networks = windowsNetworks({ ask });
    expect(await Promise.all(['10.0.0.2', 'fe80::1%7', '0.0.0.0'].map(networks.networkOf))).toEqual(
      [home, cafe, null],
    );
    expect(ask).toHaveBeenCalledTimes(1);
  });
});
