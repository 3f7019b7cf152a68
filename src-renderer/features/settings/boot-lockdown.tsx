import { useTranslation } from 'react-i18next';
import type { BootLockdownView } from '../../../src-preload/contract/upkeep.ts';
import { Strip } from '../../ui/strip.tsx';
import { Switch } from '../../ui/switch.tsx';
import { UntrustedText } from '../../untrusted-text.tsx';
import { Row } from './parts.tsx';
import { useSettings, useSettingsStore } from './store.ts';

/** Lockdown from the start of Windows on, and how to get out of it where Portreeve does not come up. */
export function BootLockdownRow() {
  const { t } = useTranslation();
  const store = useSettingsStore();
  const lockdown = useSettings((model) => model.settings?.bootLockdown ?? null);
  const busy = useSettings((model) => model.busy);
  if (lockdown === null) return <Row title={t('bootLockdown.title')} text={'\u00a0'} />;
  const { kind } = lockdown;
  const onOff = (
    <Switch
      label={t('bootLockdown.title')}
      checked={isOn(lockdown)}
      busy={busy}
      onChange={(on) => void store.setBootLockdown(on)}
    />
  );
  return (
    <Row
      title={t('bootLockdown.title')}
      text={t(`bootLockdown.is.${isOn(lockdown) ? 'on' : kind === 'failed' ? 'off' : kind}`)}
      control={kind === 'not-installed' ? undefined : onOff}
    >
      {lockdown.kind === 'failed' && <Failed detail={lockdown.detail} />}
      {lockdown.kind !== 'not-installed' && isOn(lockdown) && <WayOut command={lockdown.wayOut} />}
    </Row>
  );
}

function isOn(lockdown: BootLockdownView): boolean {
  return lockdown.kind === 'on' || (lockdown.kind === 'failed' && lockdown.isNoted);
}

function Failed({ detail }: { readonly detail: string }) {
  const { t } = useTranslation();
  return (
    <Strip tone="block">
      <p>{t('bootLockdown.failed')}</p>
      <p className="text-12 text-quiet">
        <UntrustedText text={detail} kind="name" shape="whole" />
      </p>
    </Strip>
  );
}

function WayOut({ command }: { readonly command: string }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-1.5 text-13">
      <p className="max-w-[64ch] text-quiet">{t('bootLockdown.wayOut')}</p>
      <p className="rounded-control border border-line bg-sunken px-3 py-2 font-mono text-12">
        <UntrustedText text={command} kind="code" shape="whole" />
      </p>
    </div>
  );
}
