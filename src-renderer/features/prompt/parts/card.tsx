import { ChevronDown, UserRound } from 'lucide-react';
import { memo, useCallback, useEffect, useRef, useState, type ComponentProps } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import type {
  CardView,
  Scope,
  Untrusted,
  Verdict,
} from '../../../../src-preload/contract/model.ts';
import { UntrustedText, untrustedLabel } from '../../../untrusted-text.tsx';
import { hidesSomething } from '../../../untrusted.ts';
import { Segmented } from '../../../ui/segmented.tsx';
import { Strip } from '../../../ui/strip.tsx';
import { AppTile } from '../../connection/app-tile.tsx';
import { hasPorts, portPhrase } from '../../connection/port-words.ts';
import { Emphasis, RuleSentence } from '../../connection/rule-sentence.tsx';
import { useInertGuard } from '../guard.ts';
import { keepEqual } from '../keep-equal.ts';
import { obeyOnCard, useCommands } from '../keys.ts';
import { choiceOf, openCard, type Choice as Chosen, type Question } from '../reducer.ts';
import { usePrompt, usePromptStore } from '../store.ts';
import { AnswerRow } from './answer-row.tsx';
import { Details } from './details.tsx';
import { Facts } from './facts.tsx';
import { HoldRing } from './hold-ring.tsx';
import { KeyHints } from './key-hints.tsx';
import { NoticeStrip } from './notice-strip.tsx';

/** The question that is open now. */
export function Card({ card }: { readonly card: CardView }) {
  const { t } = useTranslation();
  const store = usePromptStore();
  const { scope, lifetime } = card.recommended;
  const guardView = useInertGuard([card.cardId, card.revision, scope, lifetime].join('\n'));
  const { guard } = guardView;
  useCommands(useCallback((command) => obeyOnCard(store, guard, command), [store, guard]));
  const [considered, setConsidered] = useState<Verdict | null>(null);
  const details = usePrompt((model) => model.details);
  const question = useQuestion(card);
  usePaintNoted(card);
  useFromTheTop(card);
  return (
    <article
      aria-label={t('prompt.question')}
      onPointerDown={store.touch}
      className="prompt-card bg-surface"
    >
      <div className="prompt-question">
        <Heading card={card} />
        <Facts card={question} />
        <OffStrips card={question} />
        <Choices card={question} />
      </div>
      <div className="prompt-answers">
        <Sentences card={question} considered={considered} />
        <AnswerRow guardView={guardView} onConsider={setConsidered} />
      </div>
      <div className="flex flex-col gap-4 px-5 pt-1 pb-5">
        <NoticeStrip card={card} />
        <Footer />
      </div>
      <WhoseRules />
      {details && <Details card={question} />}
    </article>
  );
}

/** The frame after the next one starts when the card has been painted. */
function usePaintNoted(card: CardView): void {
  const store = usePromptStore();
  const { cardId } = card;
  const isTest = card.isTest === true;
  useEffect(() => {
    if (!isTest) return undefined;
    const frame = requestAnimationFrame(() => {
      setTimeout(() => {
        store.painted(cardId);
      }, 0);
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [store, cardId, isTest]);
}

/** Where it is longer than the window: another question is read from its start. */
function useFromTheTop({ cardId, revision }: CardView): void {
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [cardId, revision]);
}

/** The same object for as long as only counts and clock change, so that the parts which show neither stay as they are. */
function useQuestion(card: CardView): Question {
  const { waiting: _waiting, destinations: _destinations, deadline: _deadline, ...now } = card;
  const last = useRef<Question>(now);
  last.current = keepEqual(last.current, now);
  return last.current;
}

function Heading({ card }: { readonly card: CardView }) {
  const { t } = useTranslation();
  const { target, subject } = card;
  const verb = target.direction === 'inbound' ? 'prompt.wantsToAccept' : 'prompt.wantsToConnect';
  // The longest address there is must fit without an ellipsis.
  const where = target.hostName ?? target.address;
  const size = where.length > 24 ? 'text-14' : 'text-16';
  return (
    <header className="relative flex gap-3.5">
      <AppTile subject={subject} size="large" />
      <div className="min-w-0 flex-1">
        <div className="pr-28 max-[24rem]:pr-12">
          <h1 className="flex h-6 min-w-0 overflow-hidden">
            <UntrustedText text={subject.name} kind="name" className="text-16 font-semibold" />
          </h1>
          <p className="text-13 text-quiet">{t(verb)}</p>
        </div>
        <p className="flex h-6 min-w-0 items-center overflow-hidden">
          <UntrustedText text={where} kind="host" className={`${size} font-semibold`} />
        </p>
        <Whereabouts card={card} />
      </div>
      <HoldRing card={card} />
    </header>
  );
}

/** What the address alone does not say. One line in every state. */
function Whereabouts({ card }: { readonly card: CardView }) {
  const { t } = useTranslation();
  const more = card.destinations - 1;
  const { target, subject } = card;
  const words = [
    target.hostName === null ? '' : target.address,
    target.loopback ? t('prompt.thisComputer') : '',
    more > 0 ? t('prompt.otherAddresses', { count: more }) : '',
    subject.isLooking === true ? t('prompt.looking') : '',
  ];
  return (
    <p className="numbers h-4 truncate text-12 text-quiet">
      {words.filter((word) => word !== '').join(' \u00b7 ')}
    </p>
  );
}

const OffStrips = memo(function OffStrips({ card }: { readonly card: Question }) {
  const { t } = useTranslation();
  const who = <Emphasis text={card.subject.name} kind="name" />;
  return (
    <>
      {card.isTest === true && <Strip tone="held">{t('prompt.isTest')}</Strip>}
      {card.state === 'given-up' && (
        <Strip tone="held">
          <Trans i18nKey="prompt.gaveUp" components={{ who }} />
        </Strip>
      )}
      {(hidesSomething(card.subject.name) || hidesSomething(card.subject.path)) && (
        <Strip tone="block">
          <Trans
            i18nKey="prompt.hidden"
            components={{ mark: <span className="untrusted-mark" /> }}
          />
        </Strip>
      )}
      {!card.subject.canBeRemembered && <Strip tone="held">{t('prompt.cannotRemember')}</Strip>}
    </>
  );
});

interface CardProps {
  readonly card: Question;
}

/** What is chosen now: it changes with the user's choice and with the card. */
function useChosen(card: Question): Chosen & { readonly isOwn: boolean } {
  const store = usePromptStore();
  const chosen = usePrompt((model) => model.choices[card.cardId]);
  return { ...choiceOf(store.model.getState(), card), isOwn: chosen !== undefined };
}

const Choices = memo(function Choices({ card }: CardProps) {
  const { t } = useTranslation();
  const store = usePromptStore();
  const { scope, lifetime, isOwn } = useChosen(card);
  const portless = !hasPorts(card.target.protocol);
  return (
    <section className="flex flex-col gap-2" data-chosen={isOwn}>
      <Choice
        label={t('prompt.scope')}
        value={scope}
        onChange={(next) => {
          store.dispatch({ type: 'chose', choice: { scope: next } });
        }}
        segments={card.scopes.map((value) => ({
          value,
          label: t(value === 'address-port' && portless ? 'scope.protocol' : `scope.${value}`),
        }))}
      />
      <Choice
        label={t('prompt.lifetime')}
        value={lifetime}
        onChange={(next) => {
          store.dispatch({ type: 'chose', choice: { lifetime: next } });
        }}
        segments={card.lifetimes.map((value) => ({ value, label: t(`lifetime.${value}`) }))}
      />
    </section>
  );
});

/** One of a single thing is no choice: the sentence says it. */
function Choice<Value extends string>(given: ComponentProps<typeof Segmented<Value>>) {
  return given.segments.length < 2 ? null : <Segmented wrap {...given} />;
}

const readings = ['undecided', 'allow', 'block'] as const;

interface SentencesProps extends CardProps {
  readonly considered: Verdict | null;
}

/** All three readings take the same place, so that the longest sets the height and pointing at an answer moves nothing. */
const Sentences = memo(function Sentences({ card, considered }: SentencesProps) {
  const { t } = useTranslation();
  const { scope, lifetime } = useChosen(card);
  const shown = considered ?? 'undecided';
  return (
    <div className="grid min-h-10 items-center text-13 text-quiet">
      {readings.map((reading) => (
        <p
          key={reading}
          data-sentence={reading}
          className={`col-start-1 row-start-1 min-w-0 ${reading === shown ? '' : 'invisible'}`}
        >
          <RuleSentence
            verdict={reading}
            scope={scope}
            lifetime={lifetime}
            who={card.subject.name}
            where={whereOf(card, scope)}
            port={portPhrase(t, card.target)}
          />
        </p>
      ))}
    </div>
  );
});

/** The part of where it goes that an answer of this scope is about. */
function whereOf({ target }: Question, scope: Scope): Untrusted {
  if (scope === 'host') return target.hostName ?? target.address;
  return scope === 'domain' ? (target.domain ?? target.address) : target.address;
}

const Footer = memo(function Footer() {
  const { t } = useTranslation();
  const store = usePromptStore();
  const details = usePrompt((model) => model.details);
  return (
    <div className="-mb-2 flex min-h-6 items-center justify-between gap-3">
      <KeyHints />
      <button
        type="button"
        aria-expanded={details}
        aria-controls="details"
        onClick={() => {
          store.touch();
          store.dispatch({ type: 'toggledDetails' });
        }}
        className="-mr-1.5 inline-flex items-center gap-1 rounded-control px-1.5 py-0.5 text-12 font-medium text-quiet hover:bg-hover hover:text-ink"
      >
        {t('prompt.details')}
        <ChevronDown size={14} aria-hidden="true" className={details ? 'rotate-180' : ''} />
      </button>
    </div>
  );
});

/** For somebody who answers for their own programs alone. */
function WhoseRules() {
  const { t } = useTranslation();
  const isAnswerer = usePrompt((model) => model.state?.isAnswerer === true);
  if (!isAnswerer) return null;
  return (
    <p className="flex items-start gap-2 border-t border-line px-5 py-2.5 text-12 text-quiet">
      <UserRound size={14} aria-hidden="true" className="mt-px shrink-0" />
      {t('prompt.whoseRules')}
    </p>
  );
}

/** Says each new question once, to those who cannot see it. */
export function Announcer() {
  const { t } = useTranslation();
  const card = usePrompt(openCard);
  const [text, setText] = useState('');
  const question = card === null ? '' : `${card.cardId}\n${String(card.revision)}`;
  const who = card === null ? '' : untrustedLabel(card.subject.name);
  const where = card === null ? '' : untrustedLabel(card.target.hostName ?? card.target.address);
  useEffect(() => {
    setText(question === '' ? '' : t('prompt.announce', { who, where }));
  }, [question, who, where, t]);
  return (
    <p role="status" aria-live="assertive" className="sr-only">
      {text}
    </p>
  );
}
