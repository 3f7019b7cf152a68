/** Starts the translations in the language of the browser: Simplified Chinese for any Chinese, else English. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { chinese } from './chinese.ts';
import { english } from './english.ts';

/** Resolves before the first render, since all words are bundled. */
export async function startTranslations(): Promise<void> {
  const language = navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
  document.documentElement.lang = language;
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: { en: { translation: english }, 'zh-CN': { translation: chinese } },
    interpolation: { escapeValue: false },
    returnNull: false,
    // The language never changes while a page lives, so no component need listen for that.
    react: { bindI18n: '', bindI18nStore: '' },
  });
}
