import type { ReactNode } from 'react';

interface Props {
  readonly mark: ReactNode;
  readonly title: string;
  readonly text: string;
  readonly action?: ReactNode;
}

/** Says what would be here, and offers the one useful thing to do. */
export function EmptyState({ mark, title, text, action }: Props) {
  return (
    <div className="flex flex-col items-center px-6 py-10 text-center">
      <div className="mb-4 flex size-14 items-center justify-center rounded-card bg-sunken text-faint ring-1 ring-line">
        {mark}
      </div>
      <h2 className="text-16 font-semibold">{title}</h2>
      <p className="mt-1 max-w-[44ch] text-13 text-balance text-quiet">{text}</p>
      {action !== undefined && <div className="mt-4">{action}</div>}
    </div>
  );
}
