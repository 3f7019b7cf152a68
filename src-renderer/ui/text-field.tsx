import { useId } from 'react';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  /** What is wrong with it; null while nothing is. */
  readonly error?: string | null;
  readonly maxLength: number;
  readonly mono?: boolean;
}

/** One line of text with its name above and a hint, or what is wrong, below. */
export function TextField({ label, value, onChange, hint, error = null, maxLength, mono }: Props) {
  const id = useId();
  const below = error ?? hint;
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-12 font-medium text-quiet">
        {label}
      </label>
      <input
        id={id}
        type="text"
        spellCheck={false}
        maxLength={maxLength}
        value={value}
        aria-invalid={error !== null}
        aria-describedby={below === undefined ? undefined : `${id}-below`}
        onChange={(event) => {
          onChange(event.target.value);
        }}
        className={`text-field ${mono === true ? 'font-mono text-12' : 'text-13'}`}
      />
      {below !== undefined && (
        <p
          id={`${id}-below`}
          role={error === null ? undefined : 'alert'}
          className={`text-12 ${error === null ? 'text-faint' : 'text-block'}`}
        >
          {below}
        </p>
      )}
    </div>
  );
}
