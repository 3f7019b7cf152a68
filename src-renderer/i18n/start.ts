/** The language of the page: the chosen one, else Simplified Chinese for any Chinese of the system, and English. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Appearance } from '../../src-preload/contract/upkeep.ts';
import { chinese } from './chinese.ts';
import { english } from './english.ts';

let chosen: Appearance['language'] = 'system';

function wanted(): 'en' | 'zh-CN' {
  if (chosen !== 'system') return chosen;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

/** Resolves before the first render, since all words are bundled. `title`: key of the words in the window's title. */
export async function startTranslations(title: string): Promise<void> {
  i18next.on('languageChanged', (language) => {
    document.documentElement.lang = language;
    document.title = i18next.t(title);
  });
  await i18next.use(initReactI18next).init({
    lng: wanted(),
    fallbackLng: 'en',
    resources: { en: { translation: english }, 'zh-CN': { translation: chinese } },
    interpolation: { escapeValue: false },
    returnNull: false,
    react: { bindI18nStore: '' },
  });
}

/** Every text of the page is said anew where this changes something. */
export function speak(language: Appearance['language']): void {
  chosen = language;
  if (i18next.isInitialized && i18next.language !== wanted()) {
    void i18next.changeLanguage(wanted());
  }
}
