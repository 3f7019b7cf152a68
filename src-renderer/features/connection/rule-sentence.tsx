import { memo } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import type { Lifetime, Scope, Untrusted, Verdict } from '../../../src-preload/contract/model.ts';
import type { RuleLifetime } from '../../../src-preload/contract/rules.ts';
import { UntrustedText } from '../../untrusted-text.tsx';
import type { UntrustedKind } from '../../untrusted.ts';

interface Props {
  readonly verdict: Verdict | 'undecided';
  readonly scope: Scope;
  readonly lifetime: Lifetime | RuleLifetime;
  readonly who: Untrusted;
  readonly where: Untrusted;
  /** Already in words, from `portPhrase`. */
  readonly port: string;
}

/** What an answer or a rule means, as a sentence. Program and address stay isolated inside it. */
export const RuleSentence = memo(function RuleSentence({
  verdict,
  scope,
  lifetime,
  who,
  where,
  port,
}: Props) {
  const { t } = useTranslation();
  return (
    <Trans
      i18nKey={`sentence.${verdict}.${scope}`}
      values={{ port, howLong: t(`howLong.${lifetime}`) }}
      components={{
        who: <Emphasis text={who} kind="name" />,
        where: <Emphasis text={where} kind="host" />,
      }}
    />
  );
});

interface EmphasisProps {
  readonly text: Untrusted;
  readonly kind: UntrustedKind;
  /** `whole`: all of it, on as many lines as it takes. */
  readonly shape?: 'line' | 'whole';
}

/** Untrusted text that stands out inside a sentence. */
export function Emphasis({ text, kind, shape = 'line' }: EmphasisProps) {
  const width = kind === 'name' ? 'max-w-[22ch]' : 'max-w-[42ch]';
  return (
    <UntrustedText
      text={text}
      kind={kind}
      shape={shape}
      className={`${shape === 'line' ? width : ''} font-semibold`}
    />
  );
}
