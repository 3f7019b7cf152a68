import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { DriverState } from '../../../src-preload/contract/model.ts';
import { Mark } from '../../marks.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { StatusLine } from '../status/status-line.tsx';
import { DriverStrip } from '../status/driver-strip.tsx';
import { Announcer, Card } from './parts/card.tsx';
import { NoticeStrip } from './parts/notice-strip.tsx';
import { Others } from './parts/others.tsx';
import { UndoToast } from './parts/undo-toast.tsx';
import { openCard } from './reducer.ts';
import { usePrompt, usePromptStore, type PromptStore } from './store.ts';

/** The prompt window: the open card, the others below it, and what can be undone. */
export function PromptView() {
  const box = useRef<HTMLElement>(null);
  const store = usePromptStore();
  useReportedHeight(box, store);
  useShown(store);
  const ready = usePrompt((model) => model.state !== null || model.notice !== null);
  return (
    <main ref={box} className="prompt-stack">
      {ready && <Stack />}
    </main>
  );
}

function Stack() {
  const driver = usePrompt((model) => model.state?.driver ?? null);
  const isAnswerer = usePrompt((model) => model.state?.isAnswerer === true);
  return (
    <>
      <Announcer />
      <div className="prompt-panel">
        {driver?.kind === 'lost' && (
          <div className="p-3">
            <DriverStrip driver={driver} isAnswerer={isAnswerer} />
          </div>
        )}
        <Open driver={driver} />
        <Others />
        <UndoToast />
      </div>
      {driver !== null && <StatusLine driver={driver} />}
    </>
  );
}

function Open({ driver }: { readonly driver: DriverState | null }) {
  const card = usePrompt(openCard);
  const alone = usePrompt((model) => model.slots.length === 0);
  return card !== null ? <Card card={card} /> : <Nothing idle={alone && driver?.kind !== 'lost'} />;
}

function Nothing({ idle }: { readonly idle: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="bg-surface">
      {idle && (
        <EmptyState
          mark={<Mark name="gate-open" size={28} />}
          title={t('prompt.emptyTitle')}
          text={t('prompt.emptyText')}
        />
      )}
      <div className="px-5 pb-3 empty:hidden">
        <NoticeStrip card={null} />
      </div>
    </div>
  );
}

/** Tells the shell how high the content is, so that the window is never larger than the question. */
function useReportedHeight(box: React.RefObject<HTMLElement | null>, store: PromptStore): void {
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let last = 0;
    const observer = new ResizeObserver(() => {
      const height = Math.ceil(element.getBoundingClientRect().height);
      if (height === last || height === 0) return;
      last = height;
      store.resize(height);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [box, store]);
}

/** A window that is brought up again shows what was set aside. */
function useShown(store: PromptStore): void {
  useEffect(() => {
    const shown = (): void => {
      if (!document.hidden) store.dispatch({ type: 'shown' });
    };
    document.addEventListener('visibilitychange', shown);
    return () => {
      document.removeEventListener('visibilitychange', shown);
    };
  }, [store]);
}
