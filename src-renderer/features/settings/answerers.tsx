import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AnswerersView } from '../../../src-preload/contract/upkeep.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Strip } from '../../ui/strip.tsx';
import { Switch } from '../../ui/switch.tsx';
import { useStatus } from '../status/store.ts';
import { Row, TaskFailed } from './parts.tsx';
import { useSettings, useSettingsStore } from './store.ts';

/** Whether standard users answer for their own programs: Portreeve is a service then, from its next start on. */
export function AnswerersRow() {
  const { t } = useTranslation();
  const answerers = useSettings((model) => model.settings?.answerers ?? null);
  const title = t('answerers.title');
  if (answerers === null) return <Row title={title} text={'\u00a0'} />;
  return (
    <Row title={title} text={t('answerers.text')} control={<OnOff answerers={answerers} />}>
      <TaskNote answerers={answerers} />
      {answerers.wanted !== answerers.inForce && <StartAnew wanted={answerers.wanted} />}
    </Row>
  );
}

/** On where Windows will start the service: a wish alone is not enough. */
function isOn({ wanted, task }: AnswerersView): boolean {
  return wanted && task.kind === 'on';
}

function OnOff({ answerers }: { readonly answerers: AnswerersView }) {
  const { t } = useTranslation();
  const store = useSettingsStore();
  const busy = useSettings((model) => model.busy);
  const { kind } = answerers.task;
  if (kind === 'not-installed' || kind === 'unknown') return null;
  return (
    <Switch
      label={t('answerers.title')}
      checked={isOn(answerers)}
      busy={busy}
      onChange={(on) => void store.setAnswerers(on)}
    />
  );
}

/** What is not as the switch alone says. */
function TaskNote({ answerers }: { readonly answerers: AnswerersView }) {
  const { t } = useTranslation();
  const isRefused = useSettings((model) => model.isRefused);
  const { wanted, task } = answerers;
  const note = (text: string) => <p className="max-w-[64ch] text-13 text-quiet">{text}</p>;
  if (task.kind === 'unknown') return <TaskFailed detail={task.detail} />;
  if (isRefused) return <TaskFailed />;
  if (task.kind === 'not-installed') return note(t('answerers.taskIs.not-installed'));
  return wanted && task.kind !== 'on' ? note(t(`answerers.taskIs.${task.kind}`)) : null;
}

/** A change counts when Portreeve starts the next time; whoever wants it now sees first what waits. */
function StartAnew({ wanted }: { readonly wanted: boolean }) {
  const { t } = useTranslation();
  const store = useSettingsStore();
  const isEnding = useSettings((model) => model.isEnding);
  const held = useStatus((model) => model.held);
  const verdict = useStatus((model) => model.noClient.verdict);
  const [isAsking, ask] = useState(false);
  if (isEnding) return <Strip tone="held">{t('answerers.ending')}</Strip>;
  const start = (): void => (held > 0 ? ask(true) : void store.startAnew());
  return (
    <>
      <Strip tone="held" action={<Button onClick={start}>{t('answerers.startAnew')}</Button>}>
        <p>{t(wanted ? 'answerers.notYet' : 'answerers.stillOn')}</p>
        <p className="numbers text-quiet">
          {held === 0
            ? t('answerers.nothingWaits')
            : t(`answerers.waits.${verdict}`, { count: held })}
        </p>
      </Strip>
      {isAsking && <Asking onClose={() => ask(false)} />}
    </>
  );
}

function Asking({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const store = useSettingsStore();
  const held = useStatus((model) => model.held);
  const verdict = useStatus((model) => model.noClient.verdict);
  return (
    <Dialog title={t('answerers.sureTitle')} onClose={onClose}>
      <p className="numbers text-14 text-quiet">
        {held === 0
          ? t('answerers.nothingWaits')
          : t(`answerers.waits.${verdict}`, { count: held })}
      </p>
      <div className="flex flex-wrap justify-end gap-2">
        <Button autoFocus onClick={onClose}>
          {t('answerers.notNow')}
        </Button>
        <Button
          look="accent"
          onClick={() => {
            onClose();
            void store.startAnew();
          }}
        >
          {t('answerers.startAnew')}
        </Button>
      </div>
    </Dialog>
  );
}
