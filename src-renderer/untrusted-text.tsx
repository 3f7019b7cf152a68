/**
 * The only way to show text that a program may have chosen: names, paths, hosts, command lines. It cannot reorder its
 * surroundings, hide characters, or push what matters out of sight, and it never becomes markup.
 */
import {
  memo,
  useRef,
  useState,
  type ClipboardEvent,
  type PointerEvent,
  type ReactNode,
} from 'react';
import type { Untrusted } from '../src-preload/contract/model.ts';
import { splitForEllipsis, visibleText, visibleSegments, type UntrustedKind } from './untrusted.ts';
import { Tooltip } from './ui/tooltip.tsx';

interface Props {
  readonly text: Untrusted;
  readonly kind: UntrustedKind;
  /** `line`: one line with a middle ellipsis. `whole`: all of it, wrapped. */
  readonly shape?: 'line' | 'whole';
  readonly className?: string;
}

/** Shows untrusted text. One line keeps the file name or the registrable domain; the rest is one hover away. */
export const UntrustedText = memo(function UntrustedText({
  text,
  kind,
  shape = 'line',
  className = '',
}: Props) {
  // Tabular figures would also widen the hyphens of names and paths.
  const style = kind === 'host' ? `numbers ${className}` : className;
  return shape === 'whole' ? (
    <Whole text={text} kind={kind} className={style} />
  ) : (
    <Line text={text} kind={kind} className={style} />
  );
});

/** The same text as a plain string, for accessible names. Control and direction characters are spelled out in it. */
export function untrustedLabel(text: Untrusted): string {
  return `\u2068${visibleText(text)}\u2069`;
}

const wholeLimit = 4096;

function Whole({ text, kind, className }: Required<Omit<Props, 'shape'>>) {
  const shown = text.length > wholeLimit ? `${text.slice(0, wholeLimit)}\u2026` : text;
  return (
    <span
      className={`copyable break-words [overflow-wrap:anywhere] ${className}`}
      onCopy={copyVisible(text)}
    >
      <Pieces text={shown} kind={kind} />
    </span>
  );
}

function Line({ text, kind, className }: Required<Omit<Props, 'shape'>>) {
  const box = useRef<HTMLSpanElement>(null);
  const [elided, setElided] = useState(false);
  const { head, tail, cut } = splitForEllipsis(text, kind);
  const measure = ({ buttons }: PointerEvent): void => {
    // With the tooltip comes a new element, and a selection that is being made would end with the old one.
    if (buttons !== 0) return;
    const parts = box.current === null ? [] : [box.current, ...box.current.children];
    setElided(cut || parts.some((part) => part.scrollWidth > part.clientWidth));
  };
  return (
    <Tooltip content={elided ? <Whole text={text} kind={kind} className={className} /> : null}>
      <span
        ref={box}
        className={`copyable max-w-full min-w-0 overflow-hidden align-bottom ${head === '' ? 'inline-block text-ellipsis whitespace-pre' : 'inline-flex'} ${className}`}
        onPointerEnter={measure}
        onCopy={copyVisible(text)}
      >
        {head === '' ? (
          <Pieces text={tail} kind={kind} />
        ) : (
          <HeadAndTail head={head} tail={tail} kind={kind} />
        )}
      </span>
    </Tooltip>
  );
}

interface HeadAndTailProps {
  readonly head: string;
  readonly tail: string;
  readonly kind: UntrustedKind;
}

/** Only the head gives way when there is too little room. */
function HeadAndTail({ head, tail, kind }: HeadAndTailProps) {
  return (
    <>
      <span className="min-w-0 shrink overflow-hidden text-ellipsis whitespace-pre">
        <Pieces text={head} kind={kind} />
      </span>
      <span className="max-w-full min-w-0 shrink-0 overflow-hidden text-ellipsis whitespace-pre">
        <Pieces text={tail} kind={kind} />
      </span>
    </>
  );
}

/** Each part of a path or host is a bidi island of its own, so that parts never change places. */
function Pieces({
  text,
  kind,
}: {
  readonly text: string;
  readonly kind: UntrustedKind;
}): ReactNode {
  const parts = kind === 'name' ? [text] : text.split(/(?<=[\\/.:\s])/u);
  return (
    <bdi dir={kind === 'name' ? 'auto' : 'ltr'}>
      {parts.map((part, place) => (
        // Parts have no identity but their place.
        // oxlint-disable-next-line react/no-array-index-key
        <Island key={place} text={part} isolate={parts.length > 1} />
      ))}
    </bdi>
  );
}

function Island({
  text,
  isolate,
}: {
  readonly text: string;
  readonly isolate: boolean;
}): ReactNode {
  const content = visibleSegments(text).map((segment, place) =>
    segment.kind === 'mark' ? (
      // oxlint-disable-next-line react/no-array-index-key
      <span key={place} className="untrusted-mark">
        {segment.text}
      </span>
    ) : (
      segment.text
    ),
  );
  return isolate && !/^[\x20-\x7e]*$/u.test(text) ? <bdi>{content}</bdi> : content;
}

/** Copying any part of shortened text copies all of it, with its hidden characters spelled out. */
function copyVisible(text: Untrusted): (event: ClipboardEvent) => void {
  return (event) => {
    const selection = document.getSelection();
    if (selection === null || selection.isCollapsed) return;
    if (!event.currentTarget.contains(selection.anchorNode)) return;
    if (!event.currentTarget.contains(selection.focusNode)) return;
    event.clipboardData.setData('text/plain', visibleText(text));
    event.preventDefault();
  };
}
