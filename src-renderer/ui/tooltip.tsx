import type { ReactElement, ReactNode } from 'react';
import { Tooltip as Primitive } from 'radix-ui';

/** Wraps a page once; tooltips inside share one delay. */
export function TooltipScope({ children }: { readonly children: ReactNode }) {
  return (
    <Primitive.Provider delayDuration={350} skipDelayDuration={120}>
      {children}
    </Primitive.Provider>
  );
}

interface Props {
  /** Null for none; the child becomes another element when that changes. */
  readonly content: ReactNode;
  readonly children: ReactElement;
}

/** A tooltip that the pointer may enter, so that its text can be selected. */
export function Tooltip({ content, children }: Props) {
  // Most text never needs one, and what a tooltip needs costs more than the text.
  if (content === null) return children;
  return (
    <Primitive.Root>
      <Primitive.Trigger asChild>{children}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-h-48 max-w-[min(420px,calc(100vw-16px))] overflow-y-auto rounded-control border border-line bg-raised px-2.5 py-1.5 text-12 text-ink shadow-float"
        >
          {content}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
