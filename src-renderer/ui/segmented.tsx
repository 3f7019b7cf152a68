import { useId } from 'react';

export interface Segment<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

interface Props<Value extends string> {
  readonly label: string;
  readonly segments: readonly Segment<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  /** Into more lines where they do not fit into one. */
  readonly wrap?: boolean;
  readonly disabled?: boolean;
}

/** One choice out of a few, all in view. Arrow keys move the choice, as the browser's own radio buttons do. */
export function Segmented<Value extends string>({
  label,
  segments,
  value,
  onChange,
  wrap = false,
  disabled = false,
}: Props<Value>) {
  const name = useId();
  return (
    <div
      role="radiogroup"
      aria-label={label}
      className={`flex gap-0.5 rounded-control bg-sunken p-0.5 ring-1 ring-line ${wrap ? 'flex-wrap' : ''}`}
    >
      {segments.map((segment) => (
        <label key={segment.value} className="segment">
          <input
            type="radio"
            name={name}
            disabled={disabled}
            checked={segment.value === value}
            onChange={() => {
              onChange(segment.value);
            }}
          />
          {segment.label}
        </label>
      ))}
    </div>
  );
}
