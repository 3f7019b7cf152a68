/** Cards for the pictures of the prompt: each has something that most have not. */
import { cardOf, cardView } from '../fakes/views.ts';

export const hostile = () =>
  cardView({
    subject: {
      kind: 'path',
      name: 'invoice\u202Efdp.exe\u200B with a very long name that goes on and on and on until nobody can read it',
      path: `C:\\Users\\alice\\AppData\\Local\\Temp\\${'deep\\'.repeat(12)}invoice\u202Efdp.exe`,
      canBeRemembered: false,
    },
    target: {
      ...cardView().target,
      address: '2001:db8:85a3:1234:5678:8a2e:370:7334',
      port: 443,
      loopback: false,
      service: 'HTTPS',
    },
  });

/** Signed, and to a name. */
export const named = () =>
  cardView({
    subject: {
      kind: 'signer',
      name: 'harbour.exe',
      path: 'C:\\Program Files\\Harbour\\app-1.2.0\\harbour.exe',
      canBeRemembered: true,
      signedBy: 'Harbour GmbH',
    },
    target: {
      ...cardView().target,
      address: '192.0.2.7',
      hostName: 'imap.mail.example.co.uk',
      domain: 'example.co.uk',
      names: {
        known: ['imap.mail.example.co.uk'],
        isMore: false,
        origin: 'dns-cache',
        seenAt: 0,
        isFresh: true,
      },
      port: 993,
      loopback: false,
      service: null,
    },
    scopes: ['address', 'host', 'domain', 'anything'],
    recommended: { scope: 'host', lifetime: 'always' },
  });

export const selfTest = () =>
  cardView({
    lifetimes: ['once'],
    scopes: ['address-port'],
    recommended: { scope: 'address-port', lifetime: 'once' },
    isTest: true,
  });

/** Its signature is being verified. */
export const looking = () =>
  cardView({
    subject: {
      kind: 'path',
      name: 'setup.exe',
      path: 'C:\\setup.exe',
      canBeRemembered: true,
      isLooking: true,
    },
    lifetimes: ['once', 'while-it-runs'],
    recommended: { scope: 'address', lifetime: 'while-it-runs' },
  });

export const crowd = () => [
  cardView({
    waiting: 13,
    destinations: 12,
    recommended: { scope: 'anything', lifetime: 'always' },
  }),
  cardOf('card-2', 'Discord', '162.159.136.234', { waiting: 3 }),
  cardOf('card-3', 'OneDrive', '13.107.42.12'),
  cardOf('card-4', 'updater', '2606:4700::6810:84e5', {
    state: 'given-up',
    deadline: null,
    waiting: 0,
  }),
];

export const undo = () =>
  ({
    undoId: 'undo-1',
    verdict: 'allow',
    subject: cardView().subject,
    until: Date.now() + 30_000,
  }) as const;

/** As it is asked while Portreeve is a service: of one account, and for no longer than the program runs. */
export const ofStandardUser = (cardId = 'card-1') =>
  cardOf(cardId, 'harbour', '192.0.2.7', {
    account: 'PORT-7\\carla',
    lifetimes: ['once', 'while-it-runs'],
    recommended: { scope: 'address', lifetime: 'while-it-runs' },
  });
