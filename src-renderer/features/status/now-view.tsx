import { ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Mark } from '../../marks.tsx';
import { Button } from '../../ui/button.tsx';
import { Strip } from '../../ui/strip.tsx';
import { ViewHeader } from '../view-header.tsx';
import { DriverStrip } from './driver-strip.tsx';
import { ModePanel } from './mode-panel.tsx';
import { useStatus, useStatusStore } from './store.ts';

interface Props {
  /** Rules that exist, or null while that is not known. */
  readonly rules: number | null;
  readonly onRules: () => void;
  readonly onAway: () => void;
}

/** What is held first, then what was decided without the user and what the rules do. */
export function NowView({ rules, onRules, onAway }: Props) {
  const { t } = useTranslation();
  const driver = useStatus((model) => model.driver);
  const away = useStatus((model) => model.away);
  const waiting = useStatus((model) => model.held > 0 || model.cards > 0);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <ViewHeader title={t('manager.now')} />
      <div className="flex max-w-[720px] flex-col gap-4 px-6 pb-6">
        <DriverStrip driver={driver} />
        <KernelStrip />
        {(driver.kind !== 'lost' || waiting) && <Held />}
        <ModePanel />
        <div className="divide-y divide-line rounded-card border border-line">
          <Line
            title={t('now.awayTitle')}
            text={away === 0 ? t('now.awayNone') : t('now.awaySome', { count: away })}
            onLook={onAway}
          />
          {rules !== null && (
            <Line
              title={t('now.rulesTitle')}
              text={t('now.rulesCount', { count: rules })}
              onLook={onRules}
            />
          )}
        </div>
      </div>
    </div>
  );
}

/** The driver did not take the newest rules. */
function KernelStrip() {
  const { t } = useTranslation();
  const problem = useStatus((model) => model.kernel?.problem ?? null);
  if (problem === null) return null;
  return (
    <Strip tone="block">
      <p className="font-medium">{t('kernel.older')}</p>
      <p>{t('kernel.reason', { problem })}</p>
    </Strip>
  );
}

function Held() {
  const { t } = useTranslation();
  const store = useStatusStore();
  const held = useStatus((model) => model.held);
  const cards = useStatus((model) => model.cards);
  const waiting = held > 0 || cards > 0;
  return (
    <section className="flex items-center gap-4 rounded-card border border-line bg-sunken p-5">
      <span
        className={`flex size-12 shrink-0 items-center justify-center rounded-card ${waiting ? 'bg-held-soft text-held' : 'bg-allow-soft text-allow'}`}
      >
        <Mark name={waiting ? 'held' : 'gate'} size={26} />
      </span>
      <div role="status" className="min-w-0 flex-1">
        <h2 className="numbers text-16 font-semibold">
          {waiting ? t('now.held', { count: held }) : t('now.quiet')}
        </h2>
        <p className="numbers text-13 text-quiet">
          {waiting ? t('now.heldText', { count: cards }) : t('now.quietText')}
        </p>
      </div>
      {waiting && (
        <Button look="accent" onClick={store.showPrompt}>
          {t('now.answer')}
        </Button>
      )}
    </section>
  );
}

interface LineProps {
  readonly title: string;
  readonly text: string;
  readonly onLook: () => void;
}

/** A fact that leads to a page of its own. */
export function Line({ title, text, onLook }: LineProps) {
  return (
    <button
      type="button"
      onClick={onLook}
      className="flex w-full items-center gap-4 px-5 py-3.5 text-left first:rounded-t-card last:rounded-b-card hover:bg-hover"
    >
      <span className="min-w-0 flex-1">
        <span className="block text-14 font-medium">{title}</span>
        <span className="numbers block text-13 text-quiet">{text}</span>
      </span>
      <ChevronRight size={16} aria-hidden="true" className="text-faint" />
    </button>
  );
}
