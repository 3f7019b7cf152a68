import type { ComponentProps } from 'react';

const looks = {
  plain: 'border border-line-strong bg-surface text-ink hover:bg-hover active:bg-sunken',
  quiet: 'border border-transparent bg-transparent text-quiet hover:bg-hover hover:text-ink',
  // A contrast theme would else paint its own ground behind words in the colour of that ground.
  accent:
    'border border-transparent bg-accent text-on-accent forced-color-adjust-none hover:opacity-90',
} as const;

interface Props extends ComponentProps<'button'> {
  readonly look?: keyof typeof looks;
}

/** A button of the usual height. */
export function Button({ look = 'plain', className = '', type = 'button', ...rest }: Props) {
  return (
    <button
      type={type}
      className={`inline-flex h-8 items-center justify-center gap-2 rounded-control px-3 text-13 font-medium whitespace-nowrap transition-colors duration-120 ${looks[look]} ${className}`}
      {...rest}
    />
  );
}

interface IconButtonProps extends ComponentProps<'button'> {
  /** What it does: the icon alone says nothing to a screen reader. */
  readonly label: string;
}

/** A square button that shows an icon only. */
export function IconButton({ label, className = '', type = 'button', ...rest }: IconButtonProps) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={`inline-flex size-7 shrink-0 items-center justify-center rounded-control text-quiet transition-colors duration-120 hover:bg-hover hover:text-ink ${className}`}
      {...rest}
    />
  );
}
