import { createRoot } from 'react-dom/client';
import { requireBridge } from '../../bridge.ts';
import { createPromptStore, PromptStoreProvider } from '../../features/prompt/store.ts';
import { PromptView } from '../../features/prompt/view.tsx';
import { startTranslations } from '../../i18n/start.ts';
import '../../theme/theme.css';
import { TooltipScope } from '../../ui/tooltip.tsx';

async function start(): Promise<void> {
  const store = createPromptStore(requireBridge('prompt'));
  const loaded = store.start();
  await startTranslations('prompt.windowTitle');
  const root = document.createElement('div');
  document.body.append(root);
  createRoot(root).render(
    <PromptStoreProvider value={store}>
      <TooltipScope>
        <PromptView />
      </TooltipScope>
    </PromptStoreProvider>,
  );
  await loaded;
}

void start();
