import { SegmentedControl, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldErrors, get, problemText } from '~/api/client';
import type { ErlangAnswer } from '~/api/gen/types.gen';
import { share } from '~/lib/format';
import { Chart } from '~/ui/Chart';
import { type Figure, Figures } from '~/ui/Figures';
import { Banner, ErrorState, Loading } from '~/ui/Notice';
import { useAddress } from '~/ui/useAddress';
import css from './Calculator.module.css';
import { sensitivityChart } from './charts';
import { Levels } from './Levels';
import { decimal, seconds } from './numbers';
import {
  type Field,
  fieldsOf,
  GOALS,
  type Goal,
  isModel,
  LENGTHS,
  MODELS,
  questionOf,
  textIn,
} from './question';

const PAUSE_MS = 150;
const PATH = '/api/v1/planning/erlang';

/** A question to a queueing formula; every change is answered at once. */
export default function Calculator() {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const model = isModel(address.model) ? address.model : 'a';
  const goal: Goal = address.goal === 'target' ? 'target' : 'agents';
  const [question] = useDebouncedValue(questionOf(address), PAUSE_MS);
  const found = useQuery({
    queryKey: ['erlang', question],
    queryFn: ({ signal }) => get<ErlangAnswer>(PATH, question, signal),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const errors = fieldErrors(found.error);
  const stray = found.error && !Object.keys(errors).length ? problemText(found.error) : null;

  const input = (field: Field) => (
    <TextInput
      key={field.name}
      label={t(`planning.field.${field.name}` as never) as string}
      inputMode="decimal"
      value={textIn(address, field)}
      // An emptied field is kept as a blank: without a value the address would bring back the first one.
      onChange={(e) => setAddress({ [field.name]: e.currentTarget.value.trim() || ' ' })}
      error={errors[field.name] ?? (field.name === 'agents' ? errors.target : undefined)}
      {...(field.unit
        ? { rightSection: <span className="muted">{t(`planning.unit.${field.unit}`)}</span> }
        : {})}
      rightSectionPointerEvents="none"
    />
  );
  const fields = fieldsOf(model, goal);
  return (
    <div className={css.split}>
      <section className={`panel ${css.inputs}`} aria-label={t('planning.inputs')}>
        <SegmentedControl
          fullWidth
          aria-label={t('planning.model.label')}
          value={model}
          onChange={(value) => setAddress({ model: value })}
          data={MODELS.map((value) => ({ value, label: `Erlang ${value.toUpperCase()}` }))}
          size="xs"
        />
        <p className={css.when}>{t(`planning.model.when.${model}`)}</p>
        <div className={css.pair}>
          {fields.filter((it) => it.name === 'calls').map(input)}
          <Select
            label={t('planning.field.minutes')}
            allowDeselect={false}
            value={String(LENGTHS.find((it) => String(it) === address.minutes) ?? 30)}
            onChange={(value) => setAddress({ minutes: value })}
            data={LENGTHS.map((it) => ({ value: String(it), label: t('planning.minutes', { count: it }) }))}
          />
        </div>
        <div className={css.pair}>{fields.filter((it) => it.name !== 'calls' && !it.goal).map(input)}</div>
        <SegmentedControl
          fullWidth
          aria-label={t('planning.goal.label')}
          value={goal}
          onChange={(value) => setAddress({ goal: value })}
          data={GOALS.map((value) => ({ value, label: t(`planning.goal.${value}`) }))}
          size="xs"
        />
        <div className={css.pair}>{fields.filter((it) => it.goal).map(input)}</div>
      </section>
      <div className={css.results} data-old={found.isPlaceholderData || undefined} aria-live="polite">
        {stray ? (
          <ErrorState text={stray} onRetry={() => void found.refetch()} />
        ) : found.data && !found.error ? (
          <Results answer={found.data} model={model} question={question} />
        ) : found.error ? (
          <Banner tone="warn">{t('planning.check')}</Banner>
        ) : (
          <Loading rows={10} />
        )}
      </div>
    </div>
  );
}

function Results({
  answer,
  model,
  question,
}: {
  answer: ErlangAnswer;
  model: string;
  question: Record<string, string | number>;
}) {
  const { t } = useTranslation();
  const it = answer.figures;
  const isLoss = model === 'b';
  const option = useMemo(
    () => sensitivityChart(answer.curve, { agents: answer.agents, isLoss, t }),
    [answer, isLoss, t],
  );
  const figure = (key: string, value: string, note?: string): Figure => ({
    key,
    label: t(`planning.figure.${key}` as never) as string,
    value,
    definition: t(`planning.about.${key}` as never) as string,
    ...(note ? { note } : {}),
  });
  const figures = [
    figure('agents', decimal(answer.agents), t('planning.load', { load: decimal(it.load_erlangs) })),
    ...(isLoss
      ? [figure('blocking_probability', share(it.blocking_probability, 2))]
      : [figure('service_level', share(it.service_level, 1))]),
    figure('occupancy', share(it.occupancy, 1)),
    ...(isLoss
      ? []
      : [
          figure(
            'probability_of_waiting',
            share(it.probability_of_waiting, 1),
            t('planning.in_queue', {
              length: it.mean_queue_length === null ? '∞' : decimal(it.mean_queue_length),
            }),
          ),
          figure(
            'average_speed_of_answer_seconds',
            seconds(it.average_speed_of_answer_seconds),
            t('planning.wait_of_all', { time: seconds(it.average_wait_seconds) }),
          ),
        ]),
    ...(model === 'a' || model === 'x'
      ? [
          figure(
            'abandonment_rate',
            share(it.abandonment_rate, 1),
            model === 'x' ? t('planning.blocked', { share: share(it.blocking_probability, 2) }) : undefined,
          ),
        ]
      : []),
  ];
  return (
    <>
      {answer.is_overload ? <Banner tone="bad">{t('planning.overload')}</Banner> : null}
      <Figures label={t('planning.results')} figures={figures} />
      <section className={`panel ${css.chart}`} aria-label={t('planning.chart.title')}>
        <h2>{t('planning.chart.title')}</h2>
        <Chart
          option={option}
          height={250}
          label={t('planning.chart.label', {
            agents: decimal(answer.agents),
            level: share(it.service_level, 1),
            occupancy: share(it.occupancy, 1),
            abandonment: share(it.abandonment_rate, 1),
          })}
        />
      </section>
      {isLoss ? null : <Levels answer={answer} question={question} />}
    </>
  );
}
