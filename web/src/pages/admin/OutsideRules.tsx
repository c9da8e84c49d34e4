import { Button, NumberInput, Switch, TagsInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldErrors, get, problemText, put } from '~/api/client';
import type { OutsideRulesRow } from '~/api/gen/types.gen';
import { ErrorState, Loading } from '~/ui/Notice';
import { TimeField } from '~/ui/TimeField';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';
import { Fieldset, Pair } from './Editor';
import { refresh } from './things';
import { useGuard } from './useGuard';

const KEY = ['admin', 'outside-rules'];
const PATH = '/api/v1/outside-rules';

/** Where customers may be sent outside, by agents and by call flows: one place for the rules. */
export default function OutsideRules() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => get<OutsideRulesRow>(PATH, {}, signal),
    refetchOnWindowFocus: false,
  });
  return (
    <section className={css.area} aria-labelledby="area-title">
      <header className={css.areaHead}>
        <div className={css.areaTitle}>
          <h2 id="area-title">{t('admin.outside.title')}</h2>
          <p>{t('admin.outside.about')}</p>
        </div>
      </header>
      <div
        className={`panel ${css.oneForm}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
        tabIndex={0}
      >
        {error && !data ? <ErrorState text={problemText(error)} onRetry={() => void refetch()} /> : null}
        {!data && !error ? <Loading rows={8} /> : null}
        {data ? <RulesForm key={formOf(data)} rules={data} /> : null}
      </div>
    </section>
  );
}

/** What a form holds: what is used up now is no part of it. */
const formOf = ({ talks: _talks, minutes_today: _minutes, seq: _seq, ...rules }: OutsideRulesRow): string =>
  JSON.stringify(rules);

interface Values {
  allowed_prefixes: string[];
  denied_prefixes: string[];
  allows_premium: boolean;
  allows_emergency: boolean;
  ring_timeout_seconds: number | string;
  /** People think of it in minutes. */
  talk_limit_minutes: number | string;
  at_once: number | string;
  daily_minutes: number | string;
  agent_minute_calls: number | string;
  agent_daily_calls: number | string;
  closed_from: string;
  closed_until: string;
}

function RulesForm({ rules }: { rules: OutsideRulesRow }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const saved = useRef(false);
  const form = useForm<Values>({
    initialValues: {
      allowed_prefixes: rules.allowed_prefixes ?? [],
      denied_prefixes: rules.denied_prefixes ?? [],
      allows_premium: rules.allows_premium ?? false,
      allows_emergency: rules.allows_emergency ?? false,
      ring_timeout_seconds: rules.ring_timeout_seconds ?? 60,
      talk_limit_minutes: (rules.talk_limit_seconds ?? 7200) / MINUTE,
      at_once: rules.at_once ?? 0,
      daily_minutes: rules.daily_minutes ?? 0,
      agent_minute_calls: rules.agent_minute_calls ?? 0,
      agent_daily_calls: rules.agent_daily_calls ?? 0,
      closed_from: rules.closed_from ?? '',
      closed_until: rules.closed_until ?? '',
    },
  });
  useGuard(() => !saved.current && form.isDirty());
  const { talks, minutes_today: minutes } = rules;
  const used =
    talks == null || minutes == null ? '' : t('admin.outside.used', { talks, minutes: Math.ceil(minutes) });
  const save = useMutation({
    mutationFn: ({ talk_limit_minutes, ...it }: Values) =>
      put<OutsideRulesRow>(PATH, {
        ...it,
        ring_timeout_seconds: Number(it.ring_timeout_seconds),
        talk_limit_seconds: Number(talk_limit_minutes) * MINUTE,
        at_once: Number(it.at_once),
        daily_minutes: Number(it.daily_minutes),
        agent_minute_calls: Number(it.agent_minute_calls),
        agent_daily_calls: Number(it.agent_daily_calls),
      }),
    onSuccess: async (next) => {
      saved.current = true;
      queries.setQueryData(KEY, next);
      await refresh(queries);
      toast(t('common.saved'));
    },
    onError: (error) => {
      const errors = fieldErrors(error);
      form.setErrors(
        Object.fromEntries(
          Object.entries(errors).map(([place, text]) => [
            place
              .replace(/^((allowed|denied)_prefixes)\..*$/, '$1')
              .replace(/^talk_limit_seconds$/, 'talk_limit_minutes'),
            text,
          ]),
        ),
      );
      setProblem(problemText(error));
    },
  });
  return (
    <form
      className={css.form}
      noValidate
      onSubmit={form.onSubmit((it) => {
        setProblem(null);
        save.mutate(it);
      })}
    >
      <div className={css.fields} style={{ paddingTop: 16 }}>
        <Fieldset title={t('admin.outside.numbers')} hint={t('admin.outside.numbers_help')}>
          <TagsInput
            label={t('admin.outside.allowed')}
            description={t('admin.outside.allowed_help')}
            inputWrapperOrder={ORDER}
            splitChars={SPLIT}
            placeholder="+7495"
            clearable
            {...form.getInputProps('allowed_prefixes')}
          />
          <TagsInput
            label={t('admin.outside.denied')}
            description={t('admin.outside.denied_help')}
            inputWrapperOrder={ORDER}
            splitChars={SPLIT}
            placeholder="+7809"
            clearable
            {...form.getInputProps('denied_prefixes')}
          />
          <Pair>
            <Switch
              label={t('admin.outside.premium')}
              description={t('admin.outside.premium_help')}
              {...form.getInputProps('allows_premium', { type: 'checkbox' })}
            />
            <Switch
              label={t('admin.outside.emergency')}
              description={t('admin.outside.emergency_help')}
              {...form.getInputProps('allows_emergency', { type: 'checkbox' })}
            />
          </Pair>
        </Fieldset>
        <Fieldset title={t('admin.outside.limits')} hint={used}>
          <Pair>
            <NumberInput
              label={t('admin.outside.ring')}
              suffix={` ${t('admin.unit.seconds')}`}
              min={5}
              max={180}
              {...form.getInputProps('ring_timeout_seconds')}
            />
            <NumberInput
              label={t('admin.outside.talk')}
              suffix={` ${t('admin.unit.minutes')}`}
              min={1}
              max={1440}
              {...form.getInputProps('talk_limit_minutes')}
            />
          </Pair>
          <Pair>
            <NumberInput
              label={t('admin.outside.at_once')}
              description={t('admin.zero_unlimited')}
              inputWrapperOrder={ORDER}
              min={0}
              allowDecimal={false}
              {...form.getInputProps('at_once')}
            />
            <NumberInput
              label={t('admin.outside.daily_minutes')}
              description={t('admin.zero_unlimited')}
              inputWrapperOrder={ORDER}
              min={0}
              allowDecimal={false}
              thousandSeparator=" "
              {...form.getInputProps('daily_minutes')}
            />
          </Pair>
        </Fieldset>
        <Fieldset title={t('admin.outside.agents')} hint={t('admin.outside.agents_help')}>
          <Pair>
            <NumberInput
              label={t('admin.outside.agent_minute')}
              description={t('admin.zero_unlimited')}
              inputWrapperOrder={ORDER}
              min={0}
              max={1000}
              allowDecimal={false}
              {...form.getInputProps('agent_minute_calls')}
            />
            <NumberInput
              label={t('admin.outside.agent_day')}
              description={t('admin.zero_unlimited')}
              inputWrapperOrder={ORDER}
              min={0}
              allowDecimal={false}
              thousandSeparator=" "
              {...form.getInputProps('agent_daily_calls')}
            />
          </Pair>
        </Fieldset>
        <Fieldset title={t('admin.outside.night')} hint={t('admin.outside.night_help')}>
          <Switch
            label={t('admin.outside.closed')}
            checked={form.values.closed_from !== ''}
            onChange={(e) => {
              const isClosed = e.currentTarget.checked;
              form.setFieldValue('closed_from', isClosed ? '22:00' : '');
              form.setFieldValue('closed_until', isClosed ? '07:00' : '');
            }}
          />
          {form.values.closed_from ? (
            <Pair>
              <TimeField
                label={t('admin.outside.closed_from')}
                value={form.values.closed_from}
                onChange={(time) => form.setFieldValue('closed_from', time)}
                error={form.errors.closed_from}
              />
              <TimeField
                label={t('admin.outside.closed_until')}
                value={form.values.closed_until}
                onChange={(time) => form.setFieldValue('closed_until', time)}
                error={form.errors.closed_until}
              />
            </Pair>
          ) : null}
        </Fieldset>
      </div>
      <footer className={css.formFoot}>
        {problem ? (
          <div className={css.problems} role="alert">
            <p>{problem}</p>
          </div>
        ) : null}
        <span className={css.push} />
        <Button variant="default" disabled={!form.isDirty()} onClick={() => form.reset()}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
          {t('common.save')}
        </Button>
      </footer>
    </form>
  );
}

const MINUTE = 60;
const SPLIT = [',', ' ', ';', '\n'];
const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
