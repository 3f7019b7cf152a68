import { Switch as Primitive } from 'radix-ui';

interface Props {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly tabIndex?: number;
  /** What it did is not done yet: it keeps the focus and takes nothing. */
  readonly busy?: boolean;
}

/** On or off. */
export function Switch({ label, checked, onChange, tabIndex = 0, busy = false }: Props) {
  return (
    <Primitive.Root
      aria-label={label}
      checked={checked}
      onCheckedChange={(next) => {
        if (!busy) onChange(next);
      }}
      tabIndex={tabIndex}
      aria-disabled={busy}
      className="switch"
    >
      <Primitive.Thumb className="switch-thumb" />
    </Primitive.Root>
  );
}
