import type { ReactNode } from 'react';

interface Props {
  readonly title: string;
  readonly note?: string;
  readonly children?: ReactNode;
}

/** The head of a view in the manager: its name, a quiet number, and what can be done. */
export function ViewHeader({ title, note = '', children }: Props) {
  return (
    <header className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-6 pt-5 pb-4">
      <div className="flex max-w-full shrink-0 items-baseline gap-3">
        <h1 className="text-20 font-semibold">{title}</h1>
        <span role="status" className="numbers text-13 text-quiet">
          {note}
        </span>
      </div>
      {children}
    </header>
  );
}
