import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/button.tsx';
import { Switch } from '../../ui/switch.tsx';
import { Row } from './parts.tsx';
import { useSettingsStore } from './store.ts';

/** What somebody who helps has to know, seen before it is copied. */
export function DiagnosticsRow() {
  const { t } = useTranslation();
  const store = useSettingsStore();
  const [withNames, setWithNames] = useState(false);
  const [text, setText] = useState<string | null>(null);
  const show = async (names: boolean): Promise<void> => {
    setWithNames(names);
    setText(await store.readDiagnostics(names));
  };
  return (
    <Row
      title={t('diagnostics.title')}
      text={t('diagnostics.text')}
      control={<Button onClick={() => void show(withNames)}>{t('diagnostics.show')}</Button>}
    >
      {text !== null && (
        <Preview text={text} withNames={withNames} onNames={(names) => void show(names)} />
      )}
    </Row>
  );
}

interface PreviewProps {
  readonly text: string;
  readonly withNames: boolean;
  readonly onNames: (withNames: boolean) => void;
}

function Preview({ text, withNames, onNames }: PreviewProps) {
  const { t } = useTranslation();
  const field = useRef<HTMLTextAreaElement>(null);
  const [copied, setCopied] = useState('');
  const copy = (): void => {
    field.current?.select();
    // The page has no permission to write to the clipboard by itself; a selection that its user copies needs none.
    if (document.execCommand('copy')) setCopied(text);
  };
  return (
    <div className="flex flex-col gap-3">
      <textarea
        ref={field}
        readOnly
        rows={12}
        value={text}
        aria-label={t('diagnostics.preview')}
        className="text-field h-auto! resize-y py-2 font-mono text-12"
      />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-13">
        <span className="flex flex-1 items-center gap-2">
          <Switch label={t('diagnostics.withNames')} checked={withNames} onChange={onNames} />
          <span aria-hidden="true">{t('diagnostics.withNames')}</span>
        </span>
        <span role="status" className="text-quiet">
          {copied === text && t('diagnostics.copied')}
        </span>
        <Button onClick={copy}>{t('diagnostics.copy')}</Button>
      </div>
    </div>
  );
}
