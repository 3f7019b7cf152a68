import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from 'react';

interface Props {
  readonly label: string;
  readonly count: number;
  /** Pixels at the usual text size. */
  readonly rowHeight: number;
  /** The row that keys act on. */
  readonly active: number;
  readonly onMove: (row: number) => void;
  /** Keys that are not movement. */
  readonly onKey?: (event: KeyboardEvent) => void;
  /** The rows that are in view now, both included. */
  readonly onRange?: (first: number, last: number) => void;
  readonly renderRow: (row: number) => ReactNode;
}

/** A list of any length of which only what is in view exists; one tab stop, arrow keys move in it. */
export function VirtualList(props: Props) {
  const { label, count, rowHeight, active, onMove, onKey, onRange, renderRow } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const height = rowHeight * textScale();
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 8,
  });
  const rows = virtualizer.getVirtualItems();
  const first = rows[0]?.index ?? 0;
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    onRange?.(first, last);
  }, [onRange, first, last]);
  const move = (row: number): void => {
    const target = Math.max(0, Math.min(count - 1, row));
    onMove(target);
    virtualizer.scrollToIndex(target, { align: 'auto' });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / height) - 1);
    const target = movement(event, { active, page, count });
    if (target === null) onKey?.(event);
    else {
      event.preventDefault();
      move(target);
    }
  };
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={count}
      aria-activedescendant={`${id}-${String(active)}`}
      tabIndex={0}
      onKeyDown={onKeyDown}
      className="virtual-list group flex-1 overflow-y-auto outline-none"
    >
      <div role="presentation" className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {rows.map((row) => (
          <div
            key={row.key}
            id={`${id}-${String(row.index)}`}
            role="row"
            aria-rowindex={row.index + 1}
            aria-selected={row.index === active}
            onPointerDown={() => {
              onMove(row.index);
            }}
            className="list-row"
            style={{ height, transform: `translateY(${String(row.start)}px)` }}
          >
            {renderRow(row.index)}
          </div>
        ))}
      </div>
    </div>
  );
}

interface Place {
  readonly active: number;
  readonly page: number;
  readonly count: number;
}

/** Where a key moves to, or null when it is no movement. */
export function movement(
  event: Pick<KeyboardEvent, 'key'>,
  { active, page, count }: Place,
): number | null {
  const targets: Record<string, number> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + page,
    PageUp: active - page,
    Home: 0,
    End: count - 1,
  };
  return targets[event.key] ?? null;
}

/** The reader's text size over the usual 16 px, so that rows grow with their text. */
function textScale(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}
