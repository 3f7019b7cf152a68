import { Eye, ListChecks, type LucideIcon, Radio } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OnlookerView } from '../../../src-preload/contract/onlooker.ts';
import { useRules } from '../../features/rules/store.ts';
import { RulesView } from '../../features/rules/view.tsx';
import { Line } from '../../features/status/now-view.tsx';
import { useStatus } from '../../features/status/store.ts';
import { ViewHeader } from '../../features/view-header.tsx';
import { Mark } from '../../marks.tsx';
import { dayTime } from '../../time-words.ts';
import { RailBrand, RailItem } from './rail.tsx';

const views = ['now', 'rules'] as const;
type View = (typeof views)[number];
const icons: Record<View, LucideIcon> = { now: Radio, rules: ListChecks };

/** The manager of somebody who may only look: what holds here, and by which rules. Nothing on it can be changed. */
export function OnlookerViews({ onlooker }: { readonly onlooker: OnlookerView }) {
  const { t, i18n } = useTranslation();
  const [view, setView] = useState<View>('now');
  return (
    <div className="manager">
      <aside className="rail">
        <RailBrand />
        <nav aria-label={t('manager.views')} className="flex flex-col gap-0.5">
          {views.map((name) => (
            <RailItem
              key={name}
              icon={icons[name]}
              label={t(`manager.${name}`)}
              count={0}
              current={view === name}
              onClick={() => setView(name)}
            />
          ))}
        </nav>
      </aside>
      <main className="manager-content">
        <p className="flex items-center gap-2 px-6 pt-4 text-12 text-quiet">
          <Eye size={14} aria-hidden="true" className="shrink-0" />
          {t('onlooker.title', { time: dayTime(onlooker.writtenAt, i18n.language) })}
        </p>
        {view === 'now' ? <Now onRules={() => setView('rules')} /> : <RulesView />}
        {view === 'rules' && onlooker.leftOut > 0 && (
          <p className="border-t border-line px-6 py-2 text-12 text-quiet">
            {t('onlooker.leftOut', { count: onlooker.leftOut })}
          </p>
        )}
      </main>
    </div>
  );
}

function Now({ onRules }: { readonly onRules: () => void }) {
  const { t } = useTranslation();
  const mode = useStatus((model) => model.mode.mode);
  const rules = useRules((model) => model.total);
  const noClient = useStatus((model) => model.noClient.verdict);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <ViewHeader title={t('manager.now')} />
      <div className="flex max-w-[720px] flex-col gap-4 px-6 pb-6">
        <section className="flex items-start gap-4 rounded-card border border-line bg-sunken p-5">
          <span className="flex size-12 shrink-0 items-center justify-center rounded-card bg-allow-soft text-allow">
            <Mark name="gate" size={26} />
          </span>
          <div className="min-w-0 flex-1">
            <h2 className="text-16 font-semibold">{t(`onlooker.mode.${mode}`)}</h2>
            <p className="max-w-[60ch] text-13 text-quiet">{t('onlooker.rules')}</p>
          </div>
        </section>
        <div className="divide-y divide-line rounded-card border border-line">
          <Fact title={t('settings.noClient')} text={t(`onlooker.noClientIs.${noClient}`)} />
          {rules !== null && (
            <Line
              title={t('now.rulesCount', { count: rules })}
              text={t('onlooker.seeRules')}
              onLook={onRules}
            />
          )}
          <Fact title={t('onlooker.changeTitle')} text={t('onlooker.changeText')} />
        </div>
      </div>
    </div>
  );
}

function Fact({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <div className="px-5 py-4">
      <h3 className="text-14 font-medium">{title}</h3>
      <p className="max-w-[64ch] text-13 text-quiet">{text}</p>
    </div>
  );
}
