import type { LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Mark } from '../../marks.tsx';

/** The head of every rail. */
export function RailBrand() {
  return (
    <p className="rail-brand">
      <span className="text-accent">
        <Mark name="gate-open" size={22} />
      </span>
      <span className="rail-words">Portreeve</span>
    </p>
  );
}

interface RailItemProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly count: number;
  readonly current: boolean;
  readonly onClick: () => void;
}

/** A view in the rail, with what waits in it. */
export function RailItem({ icon: Icon, label, count, current, onClick }: RailItemProps) {
  const { i18n } = useTranslation();
  return (
    <button
      type="button"
      title={label}
      aria-current={current ? 'page' : undefined}
      onClick={onClick}
      className="rail-item"
    >
      <Icon size={17} aria-hidden="true" className="shrink-0" />
      <span className="rail-words flex-1 truncate text-left">{label}</span>
      {count > 0 && (
        <span className="rail-count numbers">
          {new Intl.NumberFormat(i18n.language).format(count)}
        </span>
      )}
    </button>
  );
}
