import { useTranslation } from 'react-i18next';
import type { DriverState } from '../../../src-preload/contract/model.ts';
import { Mark } from '../../marks.tsx';

/** One quiet line under the card that says whose page this is and that somebody is at the gate. */
export function StatusLine({ driver }: { readonly driver: DriverState }) {
  const { t } = useTranslation();
  return (
    <p className="mt-5 flex max-[480px]:hidden items-center gap-2 text-12 text-faint">
      <Mark name="gate" size={14} />
      <span className="font-medium">Portreeve</span>
      {driver.kind !== 'lost' && <span>{t(`driver.${driver.kind}`)}</span>}
    </p>
  );
}
