import { Button, MultiSelect, NumberInput, Select, Switch, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldErrors, get, problemText, put } from '~/api/client';
import type { SiteRow, SiteSave } from '~/api/gen/types.gen';
import { ErrorState, Loading } from '~/ui/Notice';
import { PhoneField } from '~/ui/PhoneField';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';
import { Fieldset, Pair } from './Editor';
import { Logo } from './Logo';
import { refresh } from './things';
import { useGuard } from './useGuard';
import { countries, currencies, zones } from './zones';

/** The centre itself: where it is, how it dials out, what holds when things fail. */
export default function Site() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ['admin', 'site'],
    queryFn: ({ signal }) => get<SiteRow>('/api/v1/site', {}, signal),
    refetchOnWindowFocus: false,
  });
  return (
    <section className={css.area} aria-labelledby="area-title">
      <header className={css.areaHead}>
        <div className={css.areaTitle}>
          <h2 id="area-title">{t('admin.site.title')}</h2>
          <p>{t('admin.site.about')}</p>
        </div>
      </header>
      <div
        className={`panel ${css.oneForm}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
        tabIndex={0}
      >
        {error && !data ? <ErrorState text={problemText(error)} onRetry={() => void refetch()} /> : null}
        {!data && !error ? <Loading rows={8} /> : null}
        {data ? <Logo /> : null}
        {data ? <SiteForm key={JSON.stringify(data)} site={data} /> : null}
      </div>
    </section>
  );
}

interface Values
  extends Omit<
    SiteSave,
    | 'rescue_timeout_seconds'
    | 'daily_call_cap'
    | 'daily_minutes_cap'
    | 'guard_handled'
    | 'chat_capacity'
    | 'email_capacity'
    | 'guard_streak_seconds'
    | 'guard_pause_seconds'
    | 'hold_reminder_seconds'
  > {
  hold_reminder_seconds: number | string;
  guard_handled: number | string;
  chat_capacity: number | string;
  email_capacity: number | string;
  /** People think of it in minutes. */
  guard_streak_minutes: number | string;
  guard_pause_minutes: number | string;
  rescue_timeout_seconds: number | string;
  daily_call_cap: number | string;
  daily_minutes_cap: number | string;
}

function SiteForm({ site }: { site: SiteRow }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const saved = useRef(false);
  const {
    seq: _seq,
    guard_handled,
    guard_streak_seconds,
    guard_pause_seconds,
    chat_capacity,
    email_capacity,
    hold_reminder_seconds,
    ...values
  } = site;
  const form = useForm<Values>({
    initialValues: {
      ...values,
      fallback_number: values.fallback_number ?? '',
      guard_handled: guard_handled ?? 0,
      chat_capacity: chat_capacity ?? 0,
      email_capacity: email_capacity ?? 0,
      hold_reminder_seconds: hold_reminder_seconds ?? 0,
      guard_streak_minutes: (guard_streak_seconds ?? 0) / MINUTE,
      guard_pause_minutes: (guard_pause_seconds ?? 0) / MINUTE,
    },
  });
  useGuard(() => !saved.current && form.isDirty());
  const save = useMutation({
    mutationFn: ({ guard_streak_minutes, guard_pause_minutes, ...it }: Values) =>
      put<SiteRow>('/api/v1/site', {
        ...it,
        guard_handled: Number(it.guard_handled),
        chat_capacity: Number(it.chat_capacity),
        email_capacity: Number(it.email_capacity),
        hold_reminder_seconds: Number(it.hold_reminder_seconds),
        guard_streak_seconds: Number(guard_streak_minutes) * MINUTE,
        guard_pause_seconds: Number(guard_pause_minutes) * MINUTE,
        rescue_timeout_seconds: Number(it.rescue_timeout_seconds),
        daily_call_cap: Number(it.daily_call_cap),
        daily_minutes_cap: Number(it.daily_minutes_cap),
      }),
    onSuccess: async (next) => {
      saved.current = true;
      queries.setQueryData(['admin', 'site'], next);
      // Zone and country stand in every screen of everyone who is signed in here.
      await Promise.all([refresh(queries), queries.invalidateQueries({ queryKey: ['me'] })]);
      toast(t('common.saved'));
    },
    onError: (error) => {
      const errors = fieldErrors(error);
      form.setErrors(
        Object.fromEntries(
          Object.entries(errors).map(([place, text]) => [
            place
              .replace(/^(allowed_countries)\..*$/, '$1')
              .replace(/^(guard_(streak|pause))_seconds$/, '$1_minutes'),
            text,
          ]),
        ),
      );
      setProblem(problemText(error));
    },
  });
  const places = useMemo(
    () => ({ language: i18n.language, zones: zones(), countries: countries(), currencies: currencies() }),
    [i18n.language],
  );
  const { value: fallback, onChange: setFallback, ...fallbackRest } = form.getInputProps('fallback_number');
  const nothing = t('lists.pick.nothing');
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
        <Pair>
          <TextInput label={t('admin.site.name')} required {...form.getInputProps('name')} />
          <Select
            label={t('admin.site.language')}
            description={t('admin.site.language_help')}
            inputWrapperOrder={ORDER}
            data={LANGUAGES}
            {...form.getInputProps('language')}
          />
        </Pair>
        <Pair>
          <Select
            label={t('admin.site.zone')}
            description={t('admin.site.zone_help')}
            inputWrapperOrder={ORDER}
            searchable
            limit={60}
            nothingFoundMessage={nothing}
            data={places.zones}
            {...form.getInputProps('zone')}
          />
          <Select
            label={t('admin.site.country')}
            description={t('admin.site.country_help')}
            inputWrapperOrder={ORDER}
            searchable
            limit={60}
            nothingFoundMessage={nothing}
            data={places.countries}
            {...form.getInputProps('country')}
          />
          <Select
            label={t('admin.site.currency')}
            searchable
            limit={60}
            nothingFoundMessage={nothing}
            data={places.currencies}
            {...form.getInputProps('currency')}
          />
        </Pair>
        <Fieldset title={t('admin.site.outbound')} hint={t('admin.site.outbound_help')}>
          <MultiSelect
            label={t('admin.site.allowed_countries')}
            description={t('admin.site.allowed_countries_help')}
            inputWrapperOrder={ORDER}
            searchable
            clearable
            limit={60}
            nothingFoundMessage={nothing}
            data={places.countries}
            {...form.getInputProps('allowed_countries')}
          />
          <Pair>
            <NumberInput
              label={t('admin.site.daily_call_cap')}
              description={t('admin.zero_unlimited')}
              inputWrapperOrder={ORDER}
              min={0}
              allowDecimal={false}
              thousandSeparator=" "
              {...form.getInputProps('daily_call_cap')}
            />
            <NumberInput
              label={t('admin.site.daily_minutes_cap')}
              description={t('admin.zero_unlimited')}
              inputWrapperOrder={ORDER}
              min={0}
              allowDecimal={false}
              thousandSeparator=" "
              {...form.getInputProps('daily_minutes_cap')}
            />
          </Pair>
        </Fieldset>
        <Fieldset title={t('admin.site.trouble')}>
          <Pair>
            <PhoneField
              label={t('admin.site.fallback_number')}
              description={t('admin.site.fallback_number_help')}
              inputWrapperOrder={ORDER}
              value={fallback as string}
              onChange={setFallback}
              {...fallbackRest}
            />
            <NumberInput
              label={t('admin.site.rescue_timeout_seconds')}
              description={t('admin.site.rescue_timeout_help')}
              inputWrapperOrder={ORDER}
              suffix={` ${t('admin.unit.seconds')}`}
              min={3}
              max={300}
              {...form.getInputProps('rescue_timeout_seconds')}
            />
            <Select
              label={t('admin.site.phone_codec')}
              description={t('admin.site.phone_codec_help')}
              inputWrapperOrder={ORDER}
              data={[
                { value: 'alaw', label: 'G.711 A-law' },
                { value: 'opus', label: 'Opus' },
              ]}
              {...form.getInputProps('phone_codec')}
            />
          </Pair>
        </Fieldset>
        <Fieldset title={t('admin.site.capacity')} hint={t('admin.site.capacity_help')}>
          <Pair>
            {(['chat', 'email'] as const).map((channel) => (
              <NumberInput
                key={channel}
                label={t(`admin.channel.${channel}`)}
                min={0}
                max={12}
                allowDecimal={false}
                {...form.getInputProps(`${channel}_capacity`)}
              />
            ))}
          </Pair>
        </Fieldset>
        <Fieldset title={t('admin.site.guard')} hint={t('admin.site.guard_help')}>
          <Pair>
            <NumberInput
              label={t('admin.site.guard_handled')}
              min={0}
              max={10000}
              allowDecimal={false}
              {...form.getInputProps('guard_handled')}
            />
            <NumberInput
              label={t('admin.site.guard_streak')}
              suffix={` ${t('admin.unit.minutes')}`}
              min={0}
              max={1440}
              {...form.getInputProps('guard_streak_minutes')}
            />
            <NumberInput
              label={t('admin.site.guard_pause')}
              suffix={` ${t('admin.unit.minutes')}`}
              min={1}
              max={240}
              {...form.getInputProps('guard_pause_minutes')}
            />
          </Pair>
        </Fieldset>
        <Fieldset title={t('admin.site.hold')}>
          <NumberInput
            label={t('admin.site.hold_reminder')}
            description={t('admin.site.hold_reminder_help')}
            min={0}
            max={3600}
            {...form.getInputProps('hold_reminder_seconds')}
          />
          <Switch
            mt="md"
            label={t('admin.site.silent_holds')}
            description={t('admin.site.silent_holds_help')}
            {...form.getInputProps('has_silent_holds', { type: 'checkbox' })}
          />
        </Fieldset>
        <Fieldset title={t('admin.site.supervision')} hint={t('admin.site.supervision_help')}>
          <Switch
            label={t('admin.site.supervision_tone')}
            description={t('admin.site.supervision_tone_help')}
            {...form.getInputProps('has_supervision_tone', { type: 'checkbox' })}
          />
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
const LANGUAGES = [
  { value: 'ru', label: 'Русский' },
  { value: 'en', label: 'English' },
];
const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
