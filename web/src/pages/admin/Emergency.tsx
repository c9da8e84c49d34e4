import { Button, SegmentedControl, Select, Switch, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Megaphone, MegaphoneOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { del, fieldErrors, get, problemText, put } from '~/api/client';
import type { EmergencyRow, PromptRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { dayTime } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import { useConfirm } from '~/ui/Confirm';
import { ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';
import { refresh } from './things';

const HOURS = ['1', '4', '12', '24', '72'] as const;
const HOUR_MS = 3_600_000;

/** One switch for all numbers: what everybody who calls hears first, until it ends by itself. */
export default function Emergency() {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: ['emergency'],
    queryFn: ({ signal }) => get<EmergencyRow>('/api/v1/emergency', {}, signal),
    refetchInterval: 15_000,
  });
  const { data, error } = found;
  return (
    <section className={css.area} aria-labelledby="area-title">
      <header className={css.areaHead}>
        <div className={css.areaTitle}>
          <h2 id="area-title">{t('admin.emergency.title')}</h2>
          <p>{t('admin.emergency.about')}</p>
        </div>
      </header>
      <div
        className={`panel ${css.oneForm}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
        tabIndex={0}
      >
        {error && !data ? (
          <ErrorState text={problemText(error)} onRetry={() => void found.refetch()} />
        ) : null}
        {!data && !error ? <Loading rows={6} /> : null}
        {data ? <EmergencyForm now={data} /> : null}
      </div>
    </section>
  );
}

function EmergencyForm({ now }: { now: EmergencyRow }) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const mayPrompts = useCan('manage.flows');
  const prompts = useQuery({
    queryKey: ['admin', 'prompts'],
    queryFn: ({ signal }) => get<PromptRow[]>('/api/v1/prompts', {}, signal),
    enabled: mayPrompts,
  });
  const names = [...new Set([...(prompts.data ?? []).map((it) => it.name), now.prompt, 'closed'])]
    .filter((it) => it && !it.startsWith('otklik/'))
    .sort();
  const form = useForm({
    initialValues: {
      prompt: now.prompt || 'closed',
      hours: '4' as string,
      ends_call: now.ends_call,
      note: now.note,
    },
  });
  const done = async () => {
    await Promise.all([queries.invalidateQueries({ queryKey: ['emergency'] }), refresh(queries)]);
  };
  const begin = useMutation({
    mutationFn: ({ hours, ...body }: typeof form.values) =>
      put<EmergencyRow>('/api/v1/emergency', {
        ...body,
        until: new Date(Date.now() + Number(hours) * HOUR_MS).toISOString(),
      }),
    onSuccess: () => {
      toast(t('admin.emergency.begun'));
      return done();
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  const end = useMutation({
    mutationFn: () => del<EmergencyRow>('/api/v1/emergency'),
    onSuccess: () => {
      toast(t('admin.emergency.ended'));
      return done();
    },
  });
  const submit = form.onSubmit(async (values) => {
    const confirmed = await ask({
      title: t('admin.emergency.sure'),
      text: t(values.ends_call ? 'admin.emergency.sure_ends' : 'admin.emergency.sure_goes_on'),
      confirm: t('admin.emergency.begin'),
      danger: true,
    });
    if (confirmed) begin.mutate(values);
  });
  const failed = begin.error ?? end.error;
  return (
    <form className={css.inset} onSubmit={submit}>
      <p className={css.result} role="status">
        <Chip tone={now.is_on ? 'bad' : 'mute'}>
          {t(now.is_on ? 'admin.emergency.on' : 'admin.emergency.off')}
        </Chip>
        <span className="muted">
          {now.is_on && now.until ? t('admin.emergency.until', { moment: dayTime(now.until) }) : ''}
        </span>
        <span className={css.push} />
        {now.is_on ? (
          <Button
            color="red"
            variant="default"
            leftSection={<MegaphoneOff size={15} aria-hidden />}
            loading={end.isPending}
            onClick={() => end.mutate()}
          >
            {t('admin.emergency.end')}
          </Button>
        ) : null}
      </p>
      <Select
        label={t('admin.emergency.prompt')}
        description={t('admin.emergency.prompt_help')}
        inputWrapperOrder={ORDER}
        data={names}
        searchable
        allowDeselect={false}
        {...form.getInputProps('prompt')}
      />
      <div>
        <p className={css.hint} id="emergency-hours">
          {t('admin.emergency.hours')}
        </p>
        <SegmentedControl
          aria-labelledby="emergency-hours"
          data={HOURS.map((value) => ({
            value,
            label: t('admin.emergency.hours_of', { count: Number(value) }),
          }))}
          {...form.getInputProps('hours')}
        />
      </div>
      <Switch
        label={t('admin.emergency.ends_call')}
        description={t('admin.emergency.ends_call_help')}
        {...form.getInputProps('ends_call', { type: 'checkbox' })}
      />
      <TextInput
        label={t('admin.emergency.note')}
        description={t('admin.emergency.note_help')}
        inputWrapperOrder={ORDER}
        {...form.getInputProps('note')}
      />
      {failed ? <p role="alert">{problemText(failed)}</p> : null}
      <Button
        type="submit"
        color="red"
        leftSection={<Megaphone size={15} aria-hidden />}
        loading={begin.isPending}
      >
        {t(now.is_on ? 'admin.emergency.change' : 'admin.emergency.begin')}
      </Button>
    </form>
  );
}

const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
