/** Makes the page look and speak as its user has chosen. */
import type { Appearance } from '../../src-preload/contract/upkeep.ts';
import { speak } from '../i18n/start.ts';

export const asTheSystem: Appearance = { theme: 'system', language: 'system' };

/** Cheap where nothing changes: it is told with every state. */
export function appear({ theme, language }: Appearance = asTheSystem): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset['theme'];
  else if (dataset['theme'] !== theme) dataset['theme'] = theme;
  speak(language);
}
