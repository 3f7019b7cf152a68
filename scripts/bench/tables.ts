/** Plain policies of the sizes that the design names. Addresses with bit 11 set lie between their ranges. */
import type { PlainPolicy, PlainRule } from '../../src-main/engine/policy/compile/plain.ts';

const allowAll: PlainRule = {
  rank: 0xffff_fff0,
  ruleId: 1,
  outcome: 'allow',
  direction: 'both',
  protocol: null,
  addresses: null,
  ports: null,
};

/** Subjects with this many rules each: ranges of addresses and ports that are blocked, then everything is allowed. */
export function subjectsPolicy(version: number, subjects: number, rules: number): PlainPolicy {
  return {
    version,
    subjects: Array.from({ length: subjects }, (_, index) => ({
      subjectId: index + 1,
      paths: [`\\device\\harddiskvolume3\\program files\\vendor ${index}\\program.exe`],
      rules: subjectRules(index, rules),
    })),
    everybody: [],
  };
}

export function subjectRules(subject: number, rules: number): PlainRule[] {
  const blocks = Array.from({ length: rules - 1 }, (_, index) => {
    const place = ((subject * 7919 + index * 104_729) % 2 ** 20) * 4096;
    return {
      ...allowAll,
      rank: index,
      ruleId: subject * rules + index + 2,
      outcome: 'block' as const,
      protocol: index % 3 === 0 ? 17 : 6,
      addresses: [{ family: 4 as const, first: place, last: place + 2047 }],
      ports: [{ first: 400 + (index % 50), last: 500 + (index % 50) }],
    };
  });
  return [...blocks, { ...allowAll, ruleId: subject * rules + 1 }];
}

/** One rule for everybody that blocks 2 ** 20 ranges, over a few subjects. */
export function blockListPolicy(version: number): PlainPolicy {
  const addresses = Array.from({ length: 2 ** 20 }, (_, index) => ({
    family: 4 as const,
    first: index * 4096,
    last: index * 4096 + 2047,
  }));
  const list: PlainRule = {
    ...allowAll,
    rank: 1,
    ruleId: 0xffff_0000,
    outcome: 'block',
    addresses,
  };
  return { ...subjectsPolicy(version, 10, 10), everybody: [list] };
}
