import { useTranslation } from 'react-i18next';
import type { DriverState } from '../../../src-preload/contract/model.ts';
import { Strip } from '../../ui/strip.tsx';

/** Says that nobody holds connections, why, and what to do. Nothing while all is well. */
export function DriverStrip({ driver }: { readonly driver: DriverState }) {
  const { t } = useTranslation();
  if (driver.kind !== 'lost') return null;
  const { cause } = driver;
  return (
    <Strip tone="block">
      <p className="font-medium">{t('driver.lostTitle')}</p>
      <p className="text-quiet">
        {cause === undefined ? driver.reason : t(`driver.lost.${cause}.reason`)}{' '}
        {cause === undefined ? driver.remedy : t(`driver.lost.${cause}.remedy`)}
      </p>
    </Strip>
  );
}
