import { createRoot } from 'react-dom/client';
import type { ManagerState } from '../../../src-preload/contract/model.ts';
import { requireBridge } from '../../bridge.ts';
import { perFrame } from '../../coalesce.ts';
import { AwayStoreProvider, createAwayStore } from '../../features/away/store.ts';
import { BlocklistsStoreProvider, createBlocklistsStore } from '../../features/blocklists/store.ts';
import { CareStoreProvider, createCareStore } from '../../features/care/store.ts';
import { createJournalStore, JournalStoreProvider } from '../../features/journal/store.ts';
import { createRecoveryStore, RecoveryStoreProvider } from '../../features/recovery/store.ts';
import { createRulesStore, RulesStoreProvider } from '../../features/rules/store.ts';
import { createSettingsStore, SettingsStoreProvider } from '../../features/settings/store.ts';
import { createStatusStore, StatusStoreProvider } from '../../features/status/store.ts';
import { startTranslations } from '../../i18n/start.ts';
import { appear } from '../../theme/appearance.ts';
import '../../theme/theme.css';
import { TooltipScope } from '../../ui/tooltip.tsx';
import { ManagerApp } from './app.tsx';

const bridge = requireBridge('manager');
const status = createStatusStore(bridge);
const away = createAwayStore(bridge);
const recovery = createRecoveryStore(bridge);
const rules = createRulesStore(bridge);
const lists = createBlocklistsStore(bridge);
const settings = createSettingsStore(bridge);
const journal = createJournalStore(bridge);
const care = createCareStore(bridge, (toast) => {
  rules.dispatch({ type: 'toasted', toast });
});

const receive = perFrame((state: ManagerState) => {
  appear(state.appearance);
  status.receive(state);
  recovery.receive(state);
  away.receive(state);
  lists.receive(state);
  journal.receive(state);
  rules.dispatch({ type: 'versionSeen', version: state.ruleVersion });
  if (rules.model.getState().loadedGeneration === 0) rules.ensure(0, 0);
});

async function readFirst(): Promise<void> {
  let heard = false;
  bridge.events.managerChanged((state) => {
    heard = true;
    receive(state);
  });
  const first = await bridge.calls.readManager(null);
  // A state that was sent after the question is newer than the answer to it.
  if (first.ok && !heard) receive(first.value);
}

function render(): void {
  const root = document.createElement('div');
  document.body.append(root);
  createRoot(root).render(
    <StatusStoreProvider value={status}>
      <AwayStoreProvider value={away}>
        <RulesStoreProvider value={rules}>
          <BlocklistsStoreProvider value={lists}>
            <RecoveryStoreProvider value={recovery}>
              <SettingsStoreProvider value={settings}>
                <JournalStoreProvider value={journal}>
                  <CareStoreProvider value={care}>
                    <TooltipScope>
                      <ManagerApp />
                    </TooltipScope>
                  </CareStoreProvider>
                </JournalStoreProvider>
              </SettingsStoreProvider>
            </RecoveryStoreProvider>
          </BlocklistsStoreProvider>
        </RulesStoreProvider>
      </AwayStoreProvider>
    </StatusStoreProvider>,
  );
}

async function start(): Promise<void> {
  const loaded = readFirst();
  await startTranslations('manager.windowTitle');
  render();
  await loaded;
}

void start();
