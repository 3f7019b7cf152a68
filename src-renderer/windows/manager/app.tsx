import type { TFunction } from 'i18next';
import {
  Archive,
  History,
  ListChecks,
  ListFilter,
  ListX,
  Radio,
  ScrollText,
  Settings,
  type LucideIcon,
} from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AwayList } from '../../features/away/view.tsx';
import { BlocklistsView } from '../../features/blocklists/view.tsx';
import { CarePage } from '../../features/care/view.tsx';
import { FindingsPage } from '../../features/findings/view.tsx';
import { JournalPage } from '../../features/journal/view.tsx';
import { useRecovery } from '../../features/recovery/store.ts';
import { RecoveryView } from '../../features/recovery/view.tsx';
import { RuleDialog } from '../../features/rules/form/dialog.tsx';
import { ExplainDialog } from '../../features/rules/parts/explain-dialog.tsx';
import { RulesToastBar, useUndoKey } from '../../features/rules/parts/toast.tsx';
import { useRules } from '../../features/rules/store.ts';
import { RulesView } from '../../features/rules/view.tsx';
import { SettingsPage } from '../../features/settings/view.tsx';
import { DriverStrip, lostTitle } from '../../features/status/driver-strip.tsx';
import { ManagedLine } from '../../features/status/managed-line.tsx';
import { NowView } from '../../features/status/now-view.tsx';
import { useStatus } from '../../features/status/store.ts';
import { Mark } from '../../marks.tsx';
import { OnlookerViews } from './onlooker.tsx';
import { RailBrand, RailItem } from './rail.tsx';

const views = ['now', 'away', 'rules', 'journal', 'findings', 'lists', 'care', 'settings'] as const;
type View = (typeof views)[number];

const icons: Record<View, LucideIcon> = {
  now: Radio,
  away: History,
  rules: ListChecks,
  journal: ScrollText,
  findings: ListFilter,
  lists: ListX,
  care: Archive,
  settings: Settings,
};

/** The manager window: a rail and one view. */
export function ManagerApp() {
  const store = useRecovery((model) => model.state);
  const onlooker = useStatus((model) => model.onlooker);
  if (onlooker !== null) return <OnlookerViews onlooker={onlooker} />;
  if (store.kind === 'failed') return <RecoveryView {...store} />;
  return <Views />;
}

function Views() {
  const [view, setView] = useState<View>('now');
  const rules = useRules((model) => (model.query === '' ? model.total : null));
  const driver = useStatus((model) => model.driver);
  useUndoKey();
  return (
    <div className="manager">
      <Rail view={view} onView={setView} />
      <main className="manager-content">
        <ManagedLine />
        {driver.kind === 'lost' && view !== 'now' && (
          <div className="px-6 pt-4">
            <DriverStrip driver={driver} />
          </div>
        )}
        {view === 'now' && (
          <NowView
            rules={rules}
            onRules={() => {
              setView('rules');
            }}
            onAway={() => {
              setView('away');
            }}
          />
        )}
        {view === 'away' && <AwayList />}
        {view === 'rules' && <RulesView />}
        {view === 'journal' && <JournalPage />}
        {view === 'findings' && <FindingsPage />}
        {view === 'lists' && <BlocklistsView />}
        {view === 'care' && <CarePage />}
        {view === 'settings' && <SettingsPage />}
        <RulesToastBar />
      </main>
      <RuleDialog />
      <ExplainDialog />
    </div>
  );
}

interface RailProps {
  readonly view: View;
  readonly onView: (view: View) => void;
}

function Rail({ view, onView }: RailProps) {
  const { t } = useTranslation();
  const held = useStatus((model) => model.held);
  const away = useStatus((model) => model.away);
  const counts: Partial<Record<View, number>> = { now: held, away };
  return (
    <aside className="rail">
      <RailBrand />
      <nav aria-label={t('manager.views')} className="flex flex-col gap-0.5">
        {views.map((name) => (
          <RailItem
            key={name}
            icon={icons[name]}
            label={t(name === 'away' ? 'manager.inbox' : `manager.${name}`)}
            count={counts[name] ?? 0}
            current={view === name}
            onClick={() => {
              onView(name);
            }}
          />
        ))}
      </nav>
      <DriverDot />
    </aside>
  );
}

function DriverDot() {
  const { t } = useTranslation();
  const driver = useStatus((model) => model.driver);
  const version = useStatus((model) => model.kernel?.version ?? null);
  const words = driver.kind === 'lost' ? t(lostTitle(driver)) : t(`driver.${driver.kind}`);
  const colours = { connected: 'text-allow', connecting: 'text-held', lost: 'text-block' };
  const marks = { connected: 'gate', connecting: 'held', lost: 'gate-closed' } as const;
  return (
    <p
      title={driver.kind === 'connected' ? connectedTitle(t, driver.description, version) : words}
      className="mt-auto flex items-center gap-2.5 px-3 py-2 text-12 text-quiet"
    >
      <span className={colours[driver.kind]}>
        <Mark name={marks[driver.kind]} size={15} />
      </span>
      <span className="rail-words">{words}</span>
    </p>
  );
}

/** The driver, and by which of our rules it decides. */
function connectedTitle(t: TFunction, description: string, version: number | null): string {
  return version === null ? description : t('kernel.version', { description, version });
}
