import { Search, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { IconButton } from './button.tsx';

interface Props {
  readonly label: string;
  readonly clearLabel: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** The search of a view; Ctrl+F and Ctrl+K go there, Escape empties it. */
export function SearchBox({ label, clearLabel, value, onChange }: Props) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!event.ctrlKey || !['f', 'k'].includes(event.key.toLowerCase())) return;
      event.preventDefault();
      field.current?.select();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, []);
  return (
    <div className="search-box">
      <Search size={15} aria-hidden="true" className="shrink-0 text-faint" />
      <input
        ref={field}
        type="text"
        role="searchbox"
        spellCheck={false}
        maxLength={200}
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onChange('');
        }}
      />
      {value !== '' && (
        <IconButton
          label={clearLabel}
          className="-mr-1.5"
          onClick={() => {
            onChange('');
            field.current?.focus();
          }}
        >
          <X size={14} aria-hidden="true" />
        </IconButton>
      )}
    </div>
  );
}
