/** When the prompt window is on the screen: while there is something to answer or to take back that was not set aside. */
import type { PromptState } from '../../../src-preload/contract/model.ts';

export interface Visibility {
  readonly visible: boolean;
  /** Cards that were there when the user set the window aside. */
  readonly setAside: readonly string[];
}

export const hidden: Visibility = { visible: false, setAside: [] };

/** After a change of the prompt's state: a card that was not set aside brings the window up. */
export function afterChange(before: Visibility, state: PromptState): Visibility {
  const ids = state.cards.map((card) => card.cardId);
  const setAside = before.setAside.filter((id) => ids.includes(id));
  const isNew = ids.some((id) => !setAside.includes(id));
  return { visible: isNew || (before.visible && state.undo !== null), setAside };
}

/** After the user closed the window or postponed its only card. */
export function afterSetAside(state: PromptState): Visibility {
  return { visible: false, setAside: state.cards.map((card) => card.cardId) };
}

/** After the manager asked for it. */
export function afterShow(state: PromptState): Visibility {
  return { visible: state.cards.length > 0, setAside: [] };
}
