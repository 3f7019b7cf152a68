/** What main says about the rule while it is being written. */
import { useEffect, useMemo, useState } from 'react';
import type { Result } from '../../../../src-preload/contract/model.ts';
import type {
  NewRule,
  Rehearsal,
  RuleEdit,
  RuleView,
} from '../../../../src-preload/contract/rules.ts';
import { useRulesStore } from '../store.ts';
import { Latest } from './latest.ts';

/** A key a person types is soon followed by the next. */
const previewMs = 150;
/** Main stands still while it rehearses, so it is asked when the person seems to be done. */
const rehearsalMs = 800;

export interface TryOut {
  /** Null while it is not known. The last sentence stays until there is another. */
  readonly preview: Result<RuleView> | null;
  /** The preview is about what is written now. */
  readonly isFresh: boolean;
  readonly rehearsal: Result<Rehearsal> | null;
}

/** `input` null: the fields are not yet a rule. */
export function useTryOut(input: NewRule | RuleEdit | null): TryOut {
  const { preview: askPreview, rehearse } = useRulesStore();
  const [preview, setPreview] = useState<Result<RuleView> | null>(null);
  const [isFresh, setFresh] = useState(false);
  const [rehearsal, setRehearsal] = useState<Result<Rehearsal> | null>(null);
  const { previews, rehearsals } = useMemo(() => {
    const hear = (answer: Result<RuleView> | null): void => {
      setFresh(answer !== null);
      if (answer !== null) setPreview(answer);
    };
    return {
      previews: new Latest({ ask: askPreview, tell: hear, quietMs: previewMs }),
      rehearsals: new Latest({ ask: rehearse, tell: setRehearsal, quietMs: rehearsalMs }),
    };
  }, [askPreview, rehearse]);
  const text = input === null ? null : JSON.stringify(input);
  useEffect(() => {
    const wanted = text === null ? null : (JSON.parse(text) as NewRule | RuleEdit);
    if (wanted === null) setPreview(null);
    previews.want(wanted);
    rehearsals.want(wanted);
    return () => {
      previews.want(null);
      rehearsals.want(null);
    };
  }, [text, previews, rehearsals]);
  return { preview, isFresh, rehearsal };
}
