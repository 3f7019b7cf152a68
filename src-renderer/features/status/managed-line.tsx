import { Building2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Strip } from '../../ui/strip.tsx';
import { UntrustedText } from '../../untrusted-text.tsx';
import { useStatus } from './store.ts';

/** "Managed by your organisation", what of it is locked, and what of the policy could not be used. Nothing where nobody does. */
export function ManagedLine() {
  const { t, i18n } = useTranslation();
  const managed = useStatus((model) => model.managed);
  if (managed === null) return null;
  const { locked, problems } = managed;
  const names = locked.map((lock) => t(`managed.${lock}`));
  const list = new Intl.ListFormat(i18n.language).format(names);
  const [first] = problems;
  return (
    <div className="flex flex-col gap-2 px-6 pt-4">
      <p className="flex items-center gap-2 text-12 text-quiet">
        <Building2 size={14} aria-hidden="true" className="shrink-0" />
        <span>
          {t('managed.title')}
          {names.length > 0 && ` ${t('managed.locked', { list })}`}
        </span>
      </p>
      {first !== undefined && (
        <Strip tone="held">
          <p className="font-medium">{t('managed.problems', { count: problems.length })}</p>
          <UntrustedText text={first} kind="name" shape="whole" />
        </Strip>
      )}
    </div>
  );
}
