import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ErrorCode } from '../../src-preload/contract/model.ts';
import { IconButton } from '../ui/button.tsx';
import { Strip } from '../ui/strip.tsx';

interface Props {
  /** Null: nothing to say. */
  readonly error: ErrorCode | null;
  readonly onDismiss: () => void;
}

/** What went wrong last, until it is dismissed. */
export function ErrorStrip({ error, onDismiss }: Props) {
  const { t } = useTranslation();
  if (error === null) return null;
  const dismiss = (
    <IconButton label={t('errors.dismiss')} onClick={onDismiss}>
      <X size={14} aria-hidden="true" />
    </IconButton>
  );
  return (
    <Strip tone="block" action={dismiss}>
      {t(`errors.${error}`)}
    </Strip>
  );
}
