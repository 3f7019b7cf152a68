import { RadioGroup } from 'radix-ui';

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
}

/** One choice out of a few, all in view. Arrow keys move the choice. */
export function Segmented<Value extends string>({
  label,
  segments,
  value,
  onChange,
  wrap = false,
}: Props<Value>) {
  return (
    <RadioGroup.Root
      aria-label={label}
      orientation="horizontal"
      value={value}
      onValueChange={(next) => {
        onChange(next as Value);
      }}
      className={`flex gap-0.5 rounded-control bg-sunken p-0.5 ring-1 ring-line ${wrap ? 'flex-wrap' : ''}`}
    >
      {segments.map((segment) => (
        <RadioGroup.Item key={segment.value} value={segment.value} className="segment">
          {segment.label}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
