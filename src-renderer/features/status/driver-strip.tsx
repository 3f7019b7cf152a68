import { useTranslation } from 'react-i18next';
import type { DriverState, LostCause } from '../../../src-preload/contract/model.ts';
import { Strip } from '../../ui/strip.tsx';

/** Its heading: in another window, or at another address, connections may well be held. */
export function lostTitle({ cause }: { readonly cause?: LostCause }) {
  return cause === 'elsewhere' || cause === 'no-session' ? 'driver.idleTitle' : 'driver.lostTitle';
}

interface Props {
  readonly driver: DriverState;
  /** A standard user can mend nothing of it. */
  readonly isAnswerer?: boolean;
}

/** Says that nobody holds connections, why, and what to do. Nothing while all is well. */
export function DriverStrip({ driver, isAnswerer = false }: Props) {
  const { t } = useTranslation();
  if (driver.kind !== 'lost') return null;
  const { cause } = driver;
  const remedy = cause === undefined ? driver.remedy : t(`driver.lost.${cause}.remedy`);
  return (
    <Strip tone="block">
      <p className="font-medium">{t(lostTitle(driver))}</p>
      <p>{cause === undefined ? driver.reason : t(`driver.lost.${cause}.reason`)}</p>
      <p>{isAnswerer ? t('driver.tellAdministrator') : remedy}</p>
    </Strip>
  );
}
