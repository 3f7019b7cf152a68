import { useTranslation } from 'react-i18next';
import type { Appearance } from '../../../src-preload/contract/upkeep.ts';
import { Segmented } from '../../ui/segmented.tsx';
import { useStatus } from '../status/store.ts';
import { Row } from './parts.tsx';
import { useSettingsStore } from './store.ts';

const themes: readonly Appearance['theme'][] = ['system', 'light', 'dark'];

/** Colours and language of every window, of the tray's menu and of toasts. */
export function AppearanceRows() {
  const { t } = useTranslation();
  const store = useSettingsStore();
  const appearance = useStatus((model) => model.appearance);
  const change = (part: Partial<Appearance>): void =>
    void store.setAppearance({ ...appearance, ...part });
  return (
    <>
      <Row
        title={t('settings.theme')}
        text={t(`settings.themeIs.${appearance.theme}`)}
        control={
          <Segmented
            label={t('settings.theme')}
            value={appearance.theme}
            segments={themes.map((value) => ({ value, label: t(`settings.themeName.${value}`) }))}
            onChange={(theme) => change({ theme })}
          />
        }
      />
      <Row
        title={t('settings.language')}
        text={t('settings.languageText')}
        control={
          <Segmented
            label={t('settings.language')}
            value={appearance.language}
            // A language is named in itself, so that whoever can't read the present one finds it.
            segments={[
              { value: 'system', label: t('settings.asWindows') },
              { value: 'en', label: 'English' },
              { value: 'zh-CN', label: '中文' },
            ]}
            onChange={(language) => change({ language })}
          />
        }
      />
    </>
  );
}
