import type { ReactNode } from 'react';

const edges = {
  held: 'border-l-held bg-held-soft',
  block: 'border-l-block bg-block-soft',
} as const;

interface Props {
  readonly tone: keyof typeof edges;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

/** A sentence about something that is off, with a coloured edge. It is read out when it appears. */
export function Strip({ tone, children, action }: Props) {
  return (
    <div
      role="status"
      className={`flex flex-wrap items-center justify-end gap-x-3 gap-y-2 rounded-control border border-l-[3px] border-line px-3 py-2 text-13 ${edges[tone]}`}
    >
      <div className="min-w-0 flex-[1_1_14rem]">{children}</div>
      {action}
    </div>
  );
}
