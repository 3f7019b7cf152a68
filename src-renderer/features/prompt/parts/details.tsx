import { memo, useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Untrusted } from '../../../../src-preload/contract/model.ts';
import { UntrustedText } from '../../../untrusted-text.tsx';
import type { UntrustedKind } from '../../../untrusted.ts';
import { exactPortWords } from '../../connection/port-words.ts';
import type { Question } from '../reducer.ts';

/** Everything that is known, in full and selectable. It opens below the buttons, so that nothing above moves. */
export const Details = memo(function Details({ card }: { readonly card: Question }) {
  const { t, i18n } = useTranslation();
  const asked = new Intl.DateTimeFormat(i18n.language, { timeStyle: 'medium' });
  const day = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'short' });
  const { process, subject, target, listener } = card;
  const list = useRef<HTMLDListElement>(null);
  useBroughtIntoView(list);
  return (
    <dl
      ref={list}
      id="details"
      className="appear grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1.5 border-t border-line bg-sunken px-5 py-4 text-12"
    >
      <Row label={t('details.path')}>
        <Whole text={subject.path} kind="path" />
      </Row>
      {subject.signedBy !== undefined && (
        <Row label={t('details.signedBy')}>
          <Whole text={subject.signedBy} kind="name" />
        </Row>
      )}
      {process.services !== undefined && process.services.length > 0 && (
        <Row label={t('details.services')}>
          <Whole text={process.services.join(', ')} kind="code" />
        </Row>
      )}
      <Row label={t('details.commandLine')}>
        <Whole text={process.commandLine} kind="code" />
      </Row>
      <Row label={t('details.process')}>
        <span className="numbers copyable font-mono">{process.processId}</span>
      </Row>
      <Row label={t('details.startedBy')}>
        <Whole text={process.startedBy} kind="path" />
      </Row>
      <Row label={t('details.user')}>
        <Whole text={process.user} kind="code" />
      </Row>
      <Row label={t('details.address')}>
        <Whole text={target.address} kind="host" />
      </Row>
      {target.names !== undefined && (
        <Row label={t('details.names')}>
          <Whole text={target.names.known.join(', ')} kind="host" />
          {!target.names.isFresh && <p className="text-quiet">{t('details.oldName')}</p>}
        </Row>
      )}
      <Row label={t('details.protocol')}>
        <span className="copyable">{exactPortWords(t, target)}</span>
      </Row>
      {listener === undefined ? null : (
        <Row label={t('details.listener')}>
          <span className="numbers copyable">
            {t(listener.everywhere ? 'details.listensEverywhere' : 'details.listens', {
              since: day.format(listener.since),
            })}
          </span>
        </Row>
      )}
      <Row label={t('details.askedAt')}>
        <span className="numbers copyable">{asked.format(card.askedAt)}</span>
      </Row>
    </dl>
  );
});

/** Time for the window to grow by what has been opened. */
const growMs = 150;

/** Less of it does not show that something was opened. */
const leastSeen = 64;

/** Where the window can not grow any more, what was opened may be out of sight. Where its start is seen, nothing moves. */
function useBroughtIntoView(list: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      if (top > innerHeight - leastSeen) list.current?.scrollIntoView({ block: 'nearest' });
    }, growMs);
    return () => {
      clearTimeout(timer);
    };
  }, [list]);
}

function Row({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-faint">{label}</dt>
      <dd className="max-h-24 min-w-0 overflow-y-auto">{children}</dd>
    </>
  );
}

function Whole({ text, kind }: { readonly text: Untrusted | null; readonly kind: UntrustedKind }) {
  const { t } = useTranslation();
  if (text === null) return <span className="text-quiet">{t('prompt.unknown')}</span>;
  return <UntrustedText text={text} kind={kind} shape="whole" className="font-mono" />;
}
