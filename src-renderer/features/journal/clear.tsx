import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useJournalStore } from './store.ts';

/** Forgets the journal. It cannot be taken back, so it asks. */
export function ClearJournal() {
  const { t } = useTranslation();
  const [isAsking, ask] = useState(false);
  const close = (): void => {
    ask(false);
  };
  return (
    <>
      <IconButton
        label={t('journal.clear')}
        className="size-8"
        onClick={() => {
          ask(true);
        }}
      >
        <Trash2 size={15} aria-hidden="true" />
      </IconButton>
      {isAsking && <Asking onClose={close} />}
    </>
  );
}

function Asking({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const store = useJournalStore();
  return (
    <Dialog title={t('journal.clearTitle')} onClose={onClose}>
      <p className="text-14 text-quiet">{t('journal.clearText')}</p>
      <div className="flex justify-end gap-2">
        <Button autoFocus onClick={onClose}>
          {t('journal.keep')}
        </Button>
        <Button
          look="accent"
          onClick={() => {
            onClose();
            void store.clear();
          }}
        >
          {t('journal.clearDo')}
        </Button>
      </div>
    </Dialog>
  );
}
