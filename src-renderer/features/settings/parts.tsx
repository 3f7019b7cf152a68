import { Building2 } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/button.tsx';
import { Strip } from '../../ui/strip.tsx';
import { UntrustedText } from '../../untrusted-text.tsx';
import { useSettingsStore } from './store.ts';

interface SectionProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** Settings that belong together, each a row. */
export function Section({ title, children }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex flex-col gap-2">
      <h2 id={id} className="text-13 font-semibold text-quiet">
        {title}
      </h2>
      <div className="divide-y divide-line rounded-card border border-line">{children}</div>
    </section>
  );
}

interface RowProps {
  readonly title: string;
  readonly text: string;
  /** At the right, or below where there is no room. */
  readonly control?: ReactNode;
  /** Shown in the place of the control: an administrator's policy decides. */
  readonly managed?: boolean;
  readonly children?: ReactNode;
}

/** One setting: what it is, what it means as it is now, and how to change it. */
export function Row({ title, text, control, managed = false, children }: RowProps) {
  return (
    <div className="flex flex-col gap-3 px-5 py-4">
      <div className="flex flex-wrap items-center gap-x-6 gap-y-3">
        <div className="min-w-[min(16rem,100%)] flex-1">
          <h3 className="text-14 font-medium">{title}</h3>
          <p role="status" className="max-w-[64ch] text-13 text-quiet">
            {text}
          </p>
        </div>
        {managed ? <ManagedNote /> : control}
      </div>
      {children}
    </div>
  );
}

/** Windows' task scheduler did not do what it was asked for; `detail` is what it said. */
export function TaskFailed({ detail = '' }: { readonly detail?: string }) {
  const { t } = useTranslation();
  const store = useSettingsStore();
  const again = <Button onClick={() => void store.read()}>{t('settings.lookAgain')}</Button>;
  return (
    <Strip tone="held" action={again}>
      <p>{t('settings.autostartRemedy')}</p>
      {detail !== '' && (
        <p className="flex min-w-0 overflow-hidden text-12 text-quiet">
          <UntrustedText text={detail} kind="name" shape="whole" />
        </p>
      )}
    </Strip>
  );
}

function ManagedNote() {
  const { t } = useTranslation();
  return (
    <p className="flex items-center gap-2 text-12 text-quiet">
      <Building2 size={14} aria-hidden="true" className="shrink-0" />
      {t('settings.managed')}
    </p>
  );
}
