import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { AutostartView } from '../../../src-preload/contract/upkeep.ts';
import { Segmented } from '../../ui/segmented.tsx';
import { Switch } from '../../ui/switch.tsx';
import { ErrorStrip } from '../error-strip.tsx';
import { useStatus } from '../status/store.ts';
import { ViewHeader } from '../view-header.tsx';
import { AnswerersRow } from './answerers.tsx';
import { AppearanceRows } from './appearance.tsx';
import { BootLockdownRow } from './boot-lockdown.tsx';
import { DiagnosticsRow } from './diagnostics.tsx';
import { Row, Section, TaskFailed } from './parts.tsx';
import { SelfTestRow } from './self-test.tsx';
import { useSettings, useSettingsStore } from './store.ts';
import { UpdatesRow } from './updates.tsx';

/** How Portreeve starts, what holds while it does not run, and who is asked. */
export function SettingsPage() {
  const { t } = useTranslation();
  const store = useSettingsStore();
  const error = useSettings((model) => model.error);
  useFreshSettings();
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <ViewHeader title={t('manager.settings')} />
      <div className="flex max-w-[720px] flex-col gap-6 px-6 pb-8">
        <div className="sticky top-2 z-1 empty:hidden">
          <ErrorStrip error={error} onDismiss={store.dismiss} />
        </div>
        <Section title={t('settings.running')}>
          <Autostart />
          <NoClient />
          <BootLockdownRow />
        </Section>
        <Section title={t('settings.people')}>
          <Asked />
          <AnswerersRow />
        </Section>
        <Section title={t('settings.versions')}>
          <UpdatesRow />
        </Section>
        <Section title={t('settings.look')}>
          <AppearanceRows />
        </Section>
        <Section title={t('settings.check')}>
          <SelfTestRow />
          <DiagnosticsRow />
        </Section>
      </div>
    </div>
  );
}

/** Asked for when the page is opened, and again when Portreeve has come back, perhaps as another. */
function useFreshSettings(): void {
  const store = useSettingsStore();
  const isLost = useStatus((model) => model.driver.kind === 'lost');
  const isService = useStatus((model) => model.isService);
  useEffect(() => {
    if (!isLost || store.model.getState().settings === null) void store.read();
  }, [store, isLost, isService]);
}

function Autostart() {
  const { t } = useTranslation();
  const store = useSettingsStore();
  const autostart = useSettings((model) => model.settings?.autostart ?? null);
  const isService = useStatus((model) => model.isService);
  const busy = useSettings((model) => model.busy);
  if (autostart === null) return <Row title={t('settings.autostart')} text={'\u00a0'} />;
  const { kind } = autostart;
  const change = (on: boolean): void => void store.setAutostart(on);
  const is = kind === 'off' && isService ? 'service' : kind;
  return (
    <Row
      title={t('settings.autostart')}
      text={t(`settings.autostartIs.${is}`)}
      control={
        canSwitch(autostart) && (
          <Switch
            label={t('settings.autostart')}
            checked={kind === 'on'}
            busy={busy}
            onChange={change}
          />
        )
      }
    >
      {autostart.kind === 'unknown' && <TaskFailed detail={autostart.detail} />}
    </Row>
  );
}

/** Administrators are asked; whether the others may at least see what holds for them. */
function Asked() {
  const { t } = useTranslation();
  const store = useSettingsStore();
  const on = useSettings((model) => model.settings?.onlookers ?? false);
  const isService = useStatus((model) => model.isService);
  const busy = useSettings((model) => model.busy);
  return (
    <>
      <Row
        title={t('settings.asked')}
        text={t(isService ? 'settings.askedService' : 'settings.askedText')}
      />
      <Row
        title={t('settings.onlookers')}
        text={t('settings.onlookersText')}
        control={
          <Switch
            label={t('settings.onlookers')}
            checked={on}
            busy={busy}
            onChange={(next) => void store.setOnlookers(next)}
          />
        }
      />
    </>
  );
}

function canSwitch({ kind }: AutostartView): boolean {
  return kind !== 'not-installed' && kind !== 'unknown';
}

function NoClient() {
  const { t } = useTranslation();
  const store = useSettingsStore();
  const { verdict, by } = useStatus((model) => model.noClient);
  const segments = (['block', 'allow'] as const).map((value) => ({
    value,
    label: t(`edit.${value}`),
  }));
  return (
    <Row
      title={t('settings.noClient')}
      text={`${t(`settings.noClientIs.${verdict}`)} ${by === 'installer' ? t('settings.byInstaller') : ''}`}
      managed={by === 'policy'}
      control={
        <Segmented
          label={t('settings.noClient')}
          value={verdict}
          segments={segments}
          onChange={(value) => void store.setNoClient(value)}
        />
      }
    />
  );
}
