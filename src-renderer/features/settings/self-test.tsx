import { Check, Loader } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { SelfTestStep, SelfTestView } from '../../../src-preload/contract/upkeep.ts';
import { Button } from '../../ui/button.tsx';
import { Strip } from '../../ui/strip.tsx';
import { UntrustedText } from '../../untrusted-text.tsx';
import { useStatus } from '../status/store.ts';
import { Row } from './parts.tsx';
import { useSettingsStore } from './store.ts';

const steps = ['held', 'told', 'painted', 'answered', 'released'] as const;

/** "Ask me now": a connection that is held, and how long each step of it took. */
export function SelfTestRow() {
  const { t } = useTranslation();
  const store = useSettingsStore();
  const test = useStatus((model) => model.selfTest);
  const isRunning = test?.state === 'running';
  return (
    <Row
      title={t('selfTest.title')}
      text={t('selfTest.text')}
      control={
        <Button
          look={isRunning ? 'plain' : 'accent'}
          onClick={() => void (isRunning ? store.stopSelfTest() : store.startSelfTest())}
        >
          {t(isRunning ? 'selfTest.stop' : 'selfTest.start')}
        </Button>
      }
    >
      {test !== null && <Outcome test={test} />}
    </Row>
  );
}

function Outcome({ test }: { readonly test: SelfTestView }) {
  const { t } = useTranslation();
  const { state, problem, program, verdict } = test;
  return (
    <div className="flex flex-col gap-3">
      {Object.keys(test.steps).length > 0 && <Steps test={test} />}
      {state === 'running' && (
        <p role="status" className="text-13 text-quiet">
          {t(test.steps.told === undefined ? 'selfTest.starting' : 'selfTest.waiting')}
        </p>
      )}
      {state === 'done' && verdict !== null && (
        <p role="status" className="text-13 font-medium text-allow">
          {t(`selfTest.done.${verdict}`)}
        </p>
      )}
      {problem !== null && problem !== 'stopped' && (
        <Strip tone="block">
          <p className="font-medium">{t(`selfTest.problem.${problem}.what`)}</p>
          <p>{t(`selfTest.problem.${problem}.remedy`)}</p>
          {program !== '' && (
            <p className="flex min-w-0 overflow-hidden text-12 text-quiet">
              <UntrustedText text={program} kind="path" />
            </p>
          )}
        </Strip>
      )}
    </div>
  );
}

/** Each with the time since the step before. */
function Steps({ test }: { readonly test: SelfTestView }) {
  const { t } = useTranslation();
  const next = steps.find((step) => test.steps[step] === undefined);
  return (
    <ol aria-label={t('selfTest.steps')} className="flex flex-col gap-1.5">
      {steps.map((step) => (
        <Step key={step} step={step} test={test} isNext={step === next} />
      ))}
    </ol>
  );
}

interface StepProps {
  readonly step: SelfTestStep;
  readonly test: SelfTestView;
  readonly isNext: boolean;
}

function Step({ step, test, isNext }: StepProps) {
  const { t } = useTranslation();
  const at = test.steps[step];
  const isPending = isNext && test.state === 'running';
  return (
    <li className={`flex items-center gap-2.5 text-13 ${at === undefined ? 'text-faint' : ''}`}>
      <span className="flex size-4 shrink-0 items-center justify-center text-allow">
        {at !== undefined && <Check size={15} aria-hidden="true" />}
        {isPending && <Loader size={14} aria-hidden="true" className="text-held" />}
      </span>
      <span className="flex-1">{t(`selfTest.step.${step}`)}</span>
      <span className="numbers text-quiet">
        {at === undefined ? '' : timeWords(t, at - before(step, test))}
      </span>
    </li>
  );
}

/** When the step before it was reached; a step that was skipped is not waited for. */
function before(step: SelfTestStep, test: SelfTestView): number {
  const earlier = steps.slice(0, steps.indexOf(step)).map((one) => test.steps[one] ?? 0);
  return Math.max(0, ...earlier);
}

function timeWords(t: ReturnType<typeof useTranslation>['t'], ms: number): string {
  if (ms < 1) return t('selfTest.underOne');
  return ms < 1000
    ? t('selfTest.ms', { ms: Math.round(ms) })
    : t('selfTest.seconds', { seconds: Math.round(ms / 100) / 10 });
}
