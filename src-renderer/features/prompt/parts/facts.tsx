import { CornerDownRight, File, Plug, UserRound, type LucideIcon } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { portWords } from '../../connection/port-words.ts';
import { UntrustedText } from '../../../untrusted-text.tsx';
import type { Question } from '../reducer.ts';
import { usePrompt } from '../store.ts';

/** The facts that decide, each in a box of fixed height so that a late one moves nothing. */
export const Facts = memo(function Facts({ card }: { readonly card: Question }) {
  const { t } = useTranslation();
  const { startedBy } = card.process;
  // Who answers for their own programs alone knows whose they are.
  const isAnswerer = usePrompt((model) => model.state?.isAnswerer === true);
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-3 max-[24rem]:grid-cols-1">
      <Fact icon={Plug} label={t('prompt.portLabel')}>
        <span className="numbers copyable">{portWords(t, card.target)}</span>
      </Fact>
      <Fact icon={CornerDownRight} label={t('prompt.startedByLabel')}>
        {startedBy === null ? t('prompt.unknown') : <UntrustedText text={startedBy} kind="path" />}
      </Fact>
      <Fact icon={File} label={t('prompt.pathLabel')} wide>
        <UntrustedText text={card.subject.path} kind="path" className="font-mono text-12" />
      </Fact>
      {card.account !== undefined && !isAnswerer && (
        <Fact icon={UserRound} label={t('prompt.accountLabel')} wide>
          <UntrustedText text={card.account} kind="name" />
        </Fact>
      )}
    </dl>
  );
});

interface FactProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

function Fact({ icon: Icon, label, wide = false, children }: FactProps) {
  return (
    <div className={`flex h-9 min-w-0 gap-2.5 ${wide ? 'col-span-full' : ''}`}>
      <Icon size={16} aria-hidden="true" className="mt-0.5 shrink-0 text-faint" />
      <div className="flex min-w-0 flex-1 flex-col-reverse justify-end">
        <dt className="text-12 text-faint">{label}</dt>
        <dd className="flex min-w-0 truncate text-13 leading-5 font-medium">{children}</dd>
      </div>
    </div>
  );
}
