import { Button, NumberInput, Progress } from '@mantine/core';
import { FlaskConical, Play, Square } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldErrors, problemText } from '~/api/client';
import type { StaffingRunForm } from '~/api/gen/types.gen';
import { readStored, writeStored } from '~/lib/storage';
import { Banner, EmptyState, Loading } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import calculator from '../calculator/Calculator.module.css';
import { decimal } from '../calculator/numbers';
import { OF_QUEUES, RuleFields, rulesOf } from '../calculator/Rules';
import { Editor } from '../whatif/Editor';
import { Problems } from '../whatif/Problems';
import { EXAMPLE, type Named } from '../whatif/tree';
import { useRun } from '../whatif/useRun';
import css from '../whatif/WhatIf.module.css';
import type { Found } from './found';

const Sources = lazy(async () => ({ default: (await import('../whatif/Sources')).Sources }));
const Outcome = lazy(() => import('./Outcome'));

const STORED = 'twin_staffing';
const DAYS = 20;
const FIELDS = ['target', 'max_occupancy', 'max_abandonment', 'shrinkage', 'replications'];

interface Kept {
  scenario: Named;
  replications: number;
}

/** The first scenario of the what-ifs, until another one was taken here. */
function firstKept(example: string): Kept {
  const own = readStored<Kept | null>(STORED, null);
  if (own?.scenario?.tree) return own;
  const others = readStored<{ scenarios?: Named[] } | null>('whatif', null);
  return { scenario: others?.scenarios?.[0] ?? { name: example, tree: EXAMPLE }, replications: DAYS };
}

/** Several queues and skills: Erlang A says how many agents, and the twin corrects it, round by round. */
export default function TwinStaffing({ picker }: { picker: ReactNode }) {
  const { t } = useTranslation();
  const [address] = useAddress();
  const [kept, setKept] = useState(() => firstKept(t('whatif.source.example')));
  const [base, setBase] = useState(kept.scenario);
  const run = useRun<StaffingRunForm, Found>('/api/v1/planning/staffing/runs', 'staffing');
  const change = (next: Partial<Kept>) => {
    const whole = { ...kept, ...next };
    setKept(whole);
    writeStored(STORED, whole);
  };
  const take = (scenario: Named) => {
    change({ scenario });
    setBase(scenario);
  };
  const { scenario } = kept;
  const isRunning = run.state === 'running' || run.begin.isPending;
  const errors = fieldErrors(run.error);
  const hasFields = FIELDS.some((name) => errors[name]);
  return (
    <>
      <Suspense fallback={<Loading rows={1} />}>
        <Sources current={scenario} onTake={take} />
      </Suspense>
      <div className={css.split}>
        <section className={`panel ${css.inputs}`} aria-label={t('planning.inputs')}>
          {picker}
          <p className={calculator.when}>{t('planning.twin.help', { name: scenario.name })}</p>
          <RuleFields errors={errors} without={OF_QUEUES} />
          <Editor
            key={base.name}
            tree={scenario.tree}
            base={base.tree}
            onChange={(tree) => change({ scenario: { ...scenario, tree } })}
          />
        </section>
        <section className={css.results} aria-label={t('planning.results')}>
          <div className={`panel ${css.bar}`}>
            <NumberInput
              label={t('planning.twin.days')}
              value={kept.replications}
              min={2}
              max={200}
              error={errors.replications}
              onChange={(value) => {
                if (typeof value === 'number' && value >= 2) change({ replications: value });
              }}
            />
            {isRunning ? (
              <Button
                color="red"
                variant="default"
                leftSection={<Square size={15} aria-hidden />}
                loading={run.cancel.isPending}
                disabled={run.begin.isPending}
                onClick={() => run.cancel.mutate()}
              >
                {t('planning.twin.cancel')}
              </Button>
            ) : (
              <Button
                leftSection={<Play size={15} aria-hidden />}
                onClick={() =>
                  run.begin.mutate({
                    name: scenario.name,
                    tree: scenario.tree,
                    replications: kept.replications,
                    ...rulesOf(address, null, OF_QUEUES),
                  })
                }
              >
                {t('planning.twin.run')}
              </Button>
            )}
            <div className={css.progress} role="status">
              {isRunning ? (
                <>
                  <Progress
                    value={run.of ? (100 * run.done) / run.of : 0}
                    aria-label={t('planning.twin.progress', { done: run.done, of: run.of })}
                  />
                  <small className="num">
                    {t('planning.twin.round', { number: run.round + 1, done: run.done, of: run.of })}
                    {run.agentHours === null
                      ? ''
                      : ` · ${t('planning.twin.so_far', {
                          hours: decimal(run.agentHours),
                          broken: run.brokenPromises ?? 0,
                        })}`}
                  </small>
                </>
              ) : run.state === 'cancelled' ? (
                t('planning.twin.cancelled')
              ) : run.state === 'failed' ? (
                t('planning.twin.failed')
              ) : null}
            </div>
          </div>
          {run.error ? (
            <Banner tone={hasFields ? 'warn' : 'bad'}>
              {hasFields ? t('planning.check') : problemText(run.error)}
            </Banner>
          ) : null}
          <Problems error={run.error} />
          {run.result ? (
            <Suspense fallback={<Loading rows={10} />}>
              <Outcome found={run.result} />
            </Suspense>
          ) : isRunning ? null : (
            <div className="panel">
              <EmptyState
                icon={FlaskConical}
                title={t('planning.twin.empty_title')}
                text={t('planning.twin.empty_text')}
              />
            </div>
          )}
        </section>
      </div>
    </>
  );
}
