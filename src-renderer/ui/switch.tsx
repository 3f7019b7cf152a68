import { Switch as Primitive } from 'radix-ui';

interface Props {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly tabIndex?: number;
  readonly disabled?: boolean;
}

/** On or off. */
export function Switch({ label, checked, onChange, tabIndex = 0, disabled = false }: Props) {
  return (
    <Primitive.Root
      aria-label={label}
      checked={checked}
      onCheckedChange={onChange}
      tabIndex={tabIndex}
      disabled={disabled}
      className="switch"
    >
      <Primitive.Thumb className="switch-thumb" />
    </Primitive.Root>
  );
}
