import {
  ActionIcon,
  Button,
  NumberInput,
  Progress,
  SegmentedControl,
  Select,
  TextInput,
} from '@mantine/core';
import { FlaskConical, Play, Plus, Square, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemText } from '~/api/client';
import type { RunForm } from '~/api/gen/types.gen';
import { readStored, writeStored } from '~/lib/storage';
import { Chart } from '~/ui/Chart';
import { Banner, EmptyState } from '~/ui/Notice';
import { Comparison } from './Comparison';
import { whatIfChart } from './chart';
import { Editor } from './Editor';
import { Problems } from './Problems';
import { MEASURES, type Measure, type Result } from './result';
import { Sources } from './Sources';
import { EXAMPLE, type Named } from './tree';
import { useRun } from './useRun';
import css from './WhatIf.module.css';

const MOST = 5;
const STORED = 'whatif';
const CHART_HEIGHT = 260;

interface Kept {
  scenarios: Named[];
  replications: number;
  seed: number;
}

/** What if there were more calls, longer talks, other agents: scenarios run by the engine itself, compared. */
export default function WhatIf() {
  const { t } = useTranslation();
  const [kept, setKept] = useState<Kept>(() => {
    const stored = readStored<Kept | null>(STORED, null);
    if (stored?.scenarios?.length) return stored;
    return { scenarios: [{ name: t('whatif.source.example'), tree: EXAMPLE }], replications: 20, seed: 1 };
  });
  const [place, setPlace] = useState(0);
  const [measure, setMeasure] = useState<Measure>('service_level');
  const run = useRun<RunForm, Result>('/api/v1/planning/runs', 'what_if');
  const { scenarios } = kept;
  const current = scenarios[Math.min(place, scenarios.length - 1)]!;
  const isRunning = run.state === 'running' || run.begin.isPending;
  const change = (next: Partial<Kept>) => {
    const whole = { ...kept, ...next };
    setKept(whole);
    writeStored(STORED, whole);
  };
  const replace = (scenario: Named) =>
    change({ scenarios: scenarios.map((one) => (one === current ? scenario : one)) });
  const add = () => {
    const names = new Set(scenarios.map((one) => one.name));
    let number = scenarios.length + 1;
    while (names.has(t('whatif.variant', { number }))) number += 1;
    change({ scenarios: [...scenarios, { name: t('whatif.variant', { number }), tree: current.tree }] });
    setPlace(scenarios.length);
  };
  const remove = () => {
    change({ scenarios: scenarios.filter((one) => one !== current) });
    setPlace(Math.max(0, place - 1));
  };
  const result = run.result;
  const band = Math.min(place, (result?.scenarios.length ?? 1) - 1);
  const option = useMemo(
    () => (result ? whatIfChart(result.scenarios, { measure, band, t }) : null),
    [result, measure, band, t],
  );
  return (
    <>
      <Sources current={current} onTake={replace} />
      <div className={css.split}>
        <section className={`panel ${css.inputs}`} aria-label={t('whatif.scenarios')}>
          <div className={css.tabs}>
            <SegmentedControl
              size="xs"
              aria-label={t('whatif.scenarios')}
              value={String(Math.min(place, scenarios.length - 1))}
              onChange={(value) => setPlace(Number(value))}
              data={scenarios.map((one, index) => ({ value: String(index), label: one.name }))}
            />
            <ActionIcon
              variant="default"
              aria-label={t('whatif.add')}
              disabled={scenarios.length >= MOST}
              onClick={add}
            >
              <Plus size={16} aria-hidden />
            </ActionIcon>
            <ActionIcon
              variant="default"
              aria-label={t('whatif.remove', { name: current.name })}
              disabled={scenarios.length < 2}
              onClick={remove}
            >
              <X size={16} aria-hidden />
            </ActionIcon>
          </div>
          <TextInput
            label={t('whatif.name')}
            value={current.name}
            maxLength={120}
            onChange={(event) => replace({ ...current, name: event.currentTarget.value })}
          />
          <Editor
            key={`${place} ${scenarios.length}`}
            tree={current.tree}
            base={scenarios[0]!.tree}
            onChange={(tree) => replace({ ...current, tree })}
          />
        </section>
        <section className={css.results} aria-label={t('whatif.results')}>
          <div className={`panel ${css.bar}`}>
            <NumberInput
              label={t('whatif.replications')}
              value={kept.replications}
              min={1}
              max={500}
              onChange={(value) => {
                if (typeof value === 'number' && value >= 1) change({ replications: value });
              }}
            />
            <NumberInput
              label={t('whatif.seed')}
              value={kept.seed}
              min={0}
              max={1_000_000_000}
              onChange={(value) => {
                if (typeof value === 'number') change({ seed: value });
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
                {t('whatif.cancel')}
              </Button>
            ) : (
              <Button
                leftSection={<Play size={15} aria-hidden />}
                onClick={() =>
                  run.begin.mutate({
                    scenarios,
                    replications: kept.replications,
                    days: 1,
                    seed: kept.seed,
                  })
                }
              >
                {t('whatif.run')}
              </Button>
            )}
            <div className={css.progress} role="status">
              {isRunning ? (
                <>
                  <Progress
                    value={run.of ? (100 * run.done) / run.of : 0}
                    aria-label={t('whatif.progress', { done: run.done, of: run.of })}
                  />
                  <small className="num">{t('whatif.progress', { done: run.done, of: run.of })}</small>
                </>
              ) : run.state === 'cancelled' ? (
                t('whatif.cancelled')
              ) : run.state === 'failed' ? (
                t('whatif.failed')
              ) : null}
            </div>
          </div>
          {run.error ? <Banner tone="bad">{problemText(run.error)}</Banner> : null}
          <Problems error={run.error} />
          {result && option ? (
            <>
              <div className={`panel ${css.chart}`}>
                <Select
                  aria-label={t('whatif.chart.measure')}
                  value={measure}
                  onChange={(value) => setMeasure((value as Measure | null) ?? 'service_level')}
                  data={MEASURES.map((value) => ({ value, label: t(`whatif.measure.${value}`) }))}
                  allowDeselect={false}
                />
                <Chart
                  option={option}
                  height={CHART_HEIGHT}
                  label={t('whatif.chart.label', { measure: t(`whatif.measure.${measure}`) })}
                />
              </div>
              <div className={`panel ${css.scroll}`}>
                <Comparison result={result} />
              </div>
              <p className={css.foot}>
                {t('whatif.foot', {
                  formula: result.scenarios[0]!.service_level_formula,
                  seed: result.scenarios[0]!.seed,
                })}
              </p>
            </>
          ) : isRunning ? null : (
            <div className="panel">
              <EmptyState icon={FlaskConical} title={t('whatif.empty.title')} text={t('whatif.empty.text')} />
            </div>
          )}
        </section>
      </div>
    </>
  );
}
