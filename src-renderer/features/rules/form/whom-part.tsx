import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SubjectView } from '../../../../src-preload/contract/model.ts';
import type { JournalView } from '../../../../src-preload/contract/rules.ts';
import { UntrustedText } from '../../../untrusted-text.tsx';
import { Button } from '../../../ui/button.tsx';
import { Select } from '../../../ui/select.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import { AppTile } from '../../connection/app-tile.tsx';
import { useRulesStore } from '../store.ts';
import { writtenKinds, type Fields } from './fields.ts';

interface Props {
  readonly fields: Fields;
  readonly set: (change: Partial<Fields>) => void;
  /** What is written names no program, and it is time to say so. */
  readonly isWrong: boolean;
}

/** For which program: one that was seen lately, or one that is written down. */
export function WhomPart({ fields, set, isWrong }: Props) {
  const { t } = useTranslation();
  if (fields.whom === 'seen' && fields.seen !== null) {
    const other = (
      <Button
        onClick={() => {
          set({ whom: 'path', seen: null });
        }}
      >
        {t('form.otherProgram')}
      </Button>
    );
    return <Program subject={fields.seen.subject} action={other} />;
  }
  return (
    <div className="flex flex-col gap-3">
      <div className="grid grid-cols-[10rem_minmax(0,1fr)] gap-3">
        <Select
          label={t('form.whom')}
          value={fields.whom === 'seen' ? 'path' : fields.whom}
          options={writtenKinds.map((value) => ({ value, label: t(`form.kind.${value}`) }))}
          onChange={(whom) => {
            set({ whom });
          }}
        />
        <Written fields={fields} set={set} isWrong={isWrong} />
      </div>
      {fields.whom === 'path' && <SeenPrograms fields={fields} set={set} />}
    </div>
  );
}

function Written({ fields, set, isWrong }: Props) {
  const { t } = useTranslation();
  const { whom } = fields;
  if (whom === 'anything' || whom === 'seen') return null;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <TextField
        label={t(`form.named.${whom}`)}
        hint={t(`form.hint.${whom}`)}
        error={isWrong ? t(`form.wrong.${whom}`) : null}
        value={fields.text}
        maxLength={32_767}
        mono
        onChange={(text) => {
          set({ text });
        }}
      />
      {whom === 'interpreter-script' && (
        <TextField
          label={t('form.script')}
          value={fields.script}
          maxLength={32_767}
          mono
          onChange={(script) => {
            set({ script });
          }}
        />
      )}
    </div>
  );
}

/** The program that a rule is for, as it is known. */
export function Program({
  subject,
  action,
}: {
  readonly subject: SubjectView;
  readonly action?: React.ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <div className="flex min-w-0 items-center gap-3">
      <AppTile subject={subject} size="large" />
      <div className="flex min-w-0 flex-1 flex-col overflow-hidden">
        {subject.kind === 'anything' ? (
          <span className="text-14 font-medium">{t('rule.everybody')}</span>
        ) : (
          <UntrustedText text={subject.name} kind="name" className="text-14 font-medium" />
        )}
        {subject.path !== '' && (
          <UntrustedText text={subject.path} kind="path" className="font-mono text-12 text-quiet" />
        )}
      </div>
      {action}
    </div>
  );
}

const shownPrograms = 20;

/** Programs of the journal, filtered by what is written. The box keeps its height, so that nothing moves. */
function SeenPrograms({ fields, set }: Pick<Props, 'fields' | 'set'>) {
  const { t } = useTranslation();
  const store = useRulesStore();
  const [seen, setSeen] = useState<readonly JournalView[]>([]);
  useEffect(() => {
    void store.seenPrograms().then(setSeen);
  }, [store]);
  if (seen.length === 0) return null;
  const wanted = fields.text.trim().toLowerCase();
  const found = seen.filter(({ subject }) =>
    `${subject.name}\n${subject.path}`.toLowerCase().includes(wanted),
  );
  return (
    <section aria-label={t('form.seen')} className="flex flex-col gap-1">
      <h3 className="text-12 font-medium text-quiet">{t('form.seen')}</h3>
      <ul className="h-[7.25rem] overflow-y-auto rounded-control border border-line py-0.5">
        {found.slice(0, shownPrograms).map((line) => (
          <li key={line.lineId}>
            <button
              type="button"
              onClick={() => {
                set({ whom: 'seen', seen: line, text: '' });
              }}
              className="flex h-9 w-full min-w-0 items-center gap-2.5 px-2.5 text-left hover:bg-hover focus-visible:outline-offset-[-2px]"
            >
              <AppTile subject={line.subject} size="small" />
              <UntrustedText
                text={line.subject.name}
                kind="name"
                className="max-w-[40%] shrink-0 text-13 font-medium"
              />
              <span className="flex min-w-0 flex-1 overflow-hidden">
                <UntrustedText
                  text={line.subject.path}
                  kind="path"
                  className="font-mono text-12 text-quiet"
                />
              </span>
            </button>
          </li>
        ))}
        {found.length === 0 && (
          <li className="px-3 py-2 text-12 text-faint">{t('form.seenNone')}</li>
        )}
      </ul>
    </section>
  );
}
