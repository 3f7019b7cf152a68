/**
 * Who may change a file or folder, read from its security descriptor as text ([MS-DTYP] 2.5.1, "Security Descriptor
 * Description Language"). What is not understood counts as open to everybody.
 */

/** Rights of files and folders that change what is there, its name or its rights (winnt.h). */
const CHANGES =
  0x2 | 0x4 | 0x10 | 0x40 | 0x100 | 0x1_0000 | 0x4_0000 | 0x8_0000 | 0x1000_0000 | 0x4000_0000;
/** Of a folder above: who may take away or rename what is in it. */
const REPLACES = 0x40 | 0x1_0000 | 0x4_0000 | 0x8_0000 | 0x1000_0000;
/** Who may say who may use it. */
const OWNS = 0x4_0000 | 0x8_0000 | 0x1000_0000;
const READS = 0x1 | 0x1000_0000 | 0x8000_0000;

const rights: Readonly<Record<string, number>> = {
  GA: 0x1000_0000,
  GX: 0x2000_0000,
  GW: 0x4000_0000,
  GR: 0x8000_0000,
  RC: 0x2_0000,
  SD: 0x1_0000,
  WD: 0x4_0000,
  WO: 0x8_0000,
  FA: 0x1f_01ff,
  FR: 0x12_0089,
  FW: 0x12_0116,
  FX: 0x12_00a0,
  CC: 0x1,
  DC: 0x2,
  LC: 0x4,
  SW: 0x8,
  RP: 0x10,
  WP: 0x20,
  DT: 0x40,
  LO: 0x80,
  CR: 0x100,
};
const everyRight = 0xffff_ffff;

/**
 * Whose rights are those of an administrator anyway: SYSTEM, Administrators, TrustedInstaller; and whoever made the thing,
 * since that is asked about by its owner.
 */
const trusted: ReadonlySet<string> = new Set([
  'SY',
  'S-1-5-18',
  'BA',
  'S-1-5-32-544',
  'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464',
  'CO',
  'S-1-3-0',
  'OW',
  'S-1-3-4',
]);

export type Purpose =
  /** A program's file or folder: nobody else may change it. */
  | 'program'
  /** A folder above it: nobody else may replace what is in it. */
  | 'above'
  /** Nobody else may even read it. */
  | 'private'
  /** Nobody else may change who may use it, now or in what is made in it. */
  | 'owned';

const sidText = 'S-[\\d-]+|[A-Z]{2}';
/** Owner, flags of the list, its entries; nothing after them. */
const descriptor = new RegExp(
  `^O:(${sidText})(?:G:(?:${sidText}))?D:([A-Z_]*)((?:\\([^()]*\\))*)$`,
);
const noList = 'NO_ACCESS_CONTROL';

interface Entry {
  readonly inheritOnly: boolean;
  readonly mask: number;
  readonly sid: string;
}

/** Security identifiers, as text, that can do what `purpose` forbids; "everybody" where the text is not understood. */
export function strangersIn(sddl: string, purpose: Purpose): string[] {
  const parts = descriptor.exec(sddl);
  const [, owner, flags, list] = parts ?? [];
  if (owner === undefined || list === undefined || flags === noList) return ['everybody'];
  const owners = isTrusted(owner) ? [] : [owner];
  const entries = [...list.matchAll(/\(([^()]*)\)/g)].map(([, text = '']) => entryOf(text));
  if (entries.some((entry) => entry === undefined)) return ['everybody'];
  const strangers = entries.flatMap((entry) =>
    entry !== null && entry !== undefined && breaks(entry, purpose) ? [entry.sid] : [],
  );
  return [...new Set([...owners, ...strangers])];
}

function isTrusted(sid: string): boolean {
  return trusted.has(sid);
}

/** Null for an entry that gives no rights; undefined for one that is not understood. */
function entryOf(text: string): Entry | null | undefined {
  const [kind = '', flags = '', given = '', , , sid = ''] = text.split(';');
  if (kind === 'D' || kind === 'OD' || kind === 'XD') return null;
  // A callback's condition could fail, but it could also hold.
  if (!['A', 'OA', 'XA', 'ZA'].includes(kind) || sid === '') return undefined;
  return { inheritOnly: flags.match(/../g)?.includes('IO') === true, mask: maskOf(given), sid };
}

function maskOf(text: string): number {
  if (/^0x[\da-f]+$/i.test(text)) return Number(text);
  if (text.length % 2 !== 0) return everyRight;
  return (text.match(/../g) ?? []).reduce((mask, name) => mask | (rights[name] ?? everyRight), 0);
}

function breaks({ inheritOnly, mask, sid }: Entry, purpose: Purpose): boolean {
  if (isTrusted(sid)) return false;
  switch (purpose) {
    case 'program':
      return !inheritOnly && (mask & CHANGES) !== 0;
    case 'above':
      return !inheritOnly && (mask & REPLACES) !== 0;
    case 'private':
      // What is made in it inherits its rights.
      return (mask & (CHANGES | READS)) !== 0;
    case 'owned':
      return (mask & OWNS) !== 0;
  }
}
