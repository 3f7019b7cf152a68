import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { dayTime, timeAgo } from '../../time-words.ts';
import { Button } from '../../ui/button.tsx';
import { Strip } from '../../ui/strip.tsx';
import { ErrorStrip } from '../error-strip.tsx';
import { Row, Section } from '../settings/parts.tsx';
import { useStatus } from '../status/store.ts';
import { ViewHeader } from '../view-header.tsx';
import { ImportDraft } from './import-report.tsx';
import { useCare, useCareStore } from './store.ts';

/** UTF-16 units of a file; main takes no more. Each is three bytes at most. */
const maxText = 16 * 2 ** 20;

/** Rules to a file and from one, backups, and the rules that come with Portreeve. */
export function CarePage() {
  const { t } = useTranslation();
  const store = useCareStore();
  useEffect(() => {
    void store.read();
  }, [store]);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <ViewHeader title={t('manager.care')} />
      <div className="flex max-w-[720px] flex-col gap-6 px-6 pb-20">
        <Problem />
        <Section title={t('manager.rules')}>
          <Export />
          <Import />
          <Factory />
        </Section>
        <Section title={t('care.backups')}>
          <Backups />
        </Section>
      </div>
    </div>
  );
}

function Problem() {
  const { t } = useTranslation();
  const store = useCareStore();
  const error = useCare((model) => model.error);
  if (error === 'cannot-read') return <Strip tone="block">{t('care.cannotRead')}</Strip>;
  return <ErrorStrip error={error} onDismiss={store.dismiss} />;
}

function useLocked(): boolean {
  return useStatus((model) => model.managed?.locked.includes('rules') === true);
}

function Export() {
  const { t } = useTranslation();
  const store = useCareStore();
  const saved = useCare((model) => model.saved);
  return (
    <Row
      title={t('care.export')}
      text={t('care.exportText')}
      control={<Button onClick={() => void store.save(saveHere)}>{t('care.exportDo')}</Button>}
    >
      {saved !== null && (
        <p role="status" className="numbers text-13 text-allow">
          {t('care.exported', { count: saved.exported })}{' '}
          {saved.leftOut > 0 && t('care.leftOut', { count: saved.leftOut })}
        </p>
      )}
    </Row>
  );
}

/** In a browser the page is what can save. */
function saveHere(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

function Import() {
  const { t } = useTranslation();
  const store = useCareStore();
  const field = useRef<HTMLInputElement>(null);
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const text = file.size > 3 * maxText ? null : await file.text().catch(() => null);
    await store.choose(text !== null && text.length <= maxText ? text : null);
    // The same file can be chosen again once it has been mended.
    if (field.current !== null) field.current.value = '';
  };
  return (
    <Row
      title={t('care.import')}
      text={t('care.importText')}
      managed={useLocked()}
      control={
        <>
          <input
            ref={field}
            type="file"
            accept=".json,application/json"
            aria-label={t('care.import')}
            className="hidden"
            onChange={(event) => void take(event.target.files?.[0])}
          />
          <Button onClick={() => field.current?.click()}>{t('care.importDo')}</Button>
        </>
      }
    >
      <ImportDraft />
    </Row>
  );
}

function Factory() {
  const { t } = useTranslation();
  const store = useCareStore();
  return (
    <Row
      title={t('care.factory')}
      text={t('care.factoryText')}
      managed={useLocked()}
      control={<Button onClick={() => void store.resetFactory()}>{t('care.factoryDo')}</Button>}
    />
  );
}

function Backups() {
  const { t } = useTranslation();
  const store = useCareStore();
  const backups = useCare((model) => model.backups);
  const busy = useCare((model) => model.busy);
  const now = (
    <Button disabled={busy} onClick={() => void store.backUp()}>
      {t('care.backUp')}
    </Button>
  );
  return (
    <>
      <Row title={t('care.backupsTitle')} text={t('care.backupsText')} control={now}>
        <Restored />
      </Row>
      {backups?.length === 0 && <p className="px-5 py-3 text-13 text-quiet">{t('care.none')}</p>}
      {backups?.map((backup) => (
        <Backup key={backup.backupId} {...backup} />
      ))}
    </>
  );
}

function Restored() {
  const { t } = useTranslation();
  const store = useCareStore();
  const before = useCare((model) => model.before);
  if (before === null) return null;
  const back = <Button onClick={() => void store.restore(before)}>{t('care.putBack')}</Button>;
  return (
    <Strip tone="held" action={back}>
      {t('care.restored')}
    </Strip>
  );
}

interface BackupProps {
  readonly backupId: string;
  readonly madeAt: number;
  readonly rules: number;
}

function Backup({ backupId, madeAt, rules }: BackupProps) {
  const { t, i18n } = useTranslation();
  const store = useCareStore();
  const busy = useCare((model) => model.busy);
  const locked = useLocked();
  return (
    <div className="flex items-center gap-4 px-5 py-2.5">
      <span className="min-w-0 flex-1">
        <span className="numbers block text-14">{dayTime(madeAt, i18n.language)}</span>
        <span className="numbers block text-12 text-quiet">
          {timeAgo(madeAt, i18n.language)} {'\u00b7'} {t('rules.count', { count: rules })}
        </span>
      </span>
      {!locked && (
        <Button disabled={busy} onClick={() => void store.restore(backupId)}>
          {t('care.restore')}
        </Button>
      )}
    </div>
  );
}
