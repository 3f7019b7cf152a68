/** The marks of the product. Shape and word always go together with a colour; none of them speaks by colour alone. */
import { markPaths, type MarkName } from './mark-paths.ts';

interface Props {
  readonly name: MarkName;
  /** Pixels. */
  readonly size?: number;
  readonly className?: string;
}

/** A mark in the colour of its text. It is decoration: the word is beside it. */
export function Mark({ name, size = 18, className = '' }: Props) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={size < 20 ? 2.25 : 2}
      strokeLinecap="round"
      strokeLinejoin="round"
      className={`shrink-0 ${className}`}
    >
      {markPaths[name].map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  );
}
