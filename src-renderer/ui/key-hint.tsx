/** The keys that do something, next to what they do. Screen readers get the control itself instead. */
export function KeyHint({
  keys,
  label,
}: {
  readonly keys: readonly string[];
  readonly label: string;
}) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap text-faint">
      <span className="inline-flex gap-0.5">
        {keys.map((key) => (
          <kbd key={key} className="key">
            {key}
          </kbd>
        ))}
      </span>
      {label}
    </span>
  );
}
