import {
  Button,
  MultiSelect,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Select,
  Switch,
  TagsInput,
  TextInput,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { PlugZap } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { post, problemText } from '~/api/client';
import type { TrunkRow, TrunkTest } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { count } from '~/lib/format';
import { Chip, type Tone } from '~/ui/Chip';
import type { Column } from '~/ui/DataGrid';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import { Editor, Fieldset, OpenEditor, Pair } from './Editor';
import { useThings } from './things';

const REFRESH_MS = 5000;
const CODECS = ['alaw', 'ulaw', 'opus', 'g722'] as const;
const FORMATS_IN = ['any', 'plus', 'bare', 'prefixed', 'national'] as const;
const FORMATS_OUT = ['plus', 'bare', 'prefixed', 'national'] as const;
const TONE: Record<string, Tone> = { up: 'ok', down: 'bad', rejected: 'bad', unknown: 'mute' };

interface Values extends Record<string, unknown> {
  name: string;
  kind: TrunkRow['kind'];
  host: string;
  port: number | string;
  addresses: string[];
  login: string;
  secret: string;
  removes_secret: boolean;
  codecs: string[];
  number_format_in: string;
  number_format_out: string;
  maximum_calls: number | string;
  daily_calls: number | string;
  daily_minutes: number | string;
  is_default: boolean;
}

export default function Trunks() {
  const { t } = useTranslation();
  const trunks = useThings('trunks', { refetchInterval: REFRESH_MS });
  const { open, close } = useOpen();
  const columns = useMemo<Column<TrunkRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(140px, 1.4fr)',
        sort: (row) => row.name,
        cell: (row) => (
          <>
            {row.name} {row.is_default ? <Chip tone="info">{t('admin.trunks.default')}</Chip> : null}
          </>
        ),
      },
      {
        key: 'state',
        title: t('admin.trunks.state'),
        width: 'minmax(120px, 1fr)',
        sort: (row) => row.state,
        cell: (row) => <TrunkState state={row.state} detail={row.state_detail} />,
      },
      {
        key: 'kind',
        title: t('admin.trunks.kind'),
        width: 'minmax(130px, 1.1fr)',
        sort: (row) => row.kind,
        cell: (row) => t(`admin.trunks.kinds.${row.kind}`),
      },
      {
        key: 'host',
        title: t('admin.trunks.host'),
        width: 'minmax(150px, 1.4fr)',
        sort: (row) => row.host,
        cell: (row) => (row.port ? `${row.host}:${row.port}` : row.host),
      },
      {
        key: 'codecs',
        title: t('admin.trunks.codecs'),
        width: 'minmax(110px, 1fr)',
        cell: (row) => row.codecs.join(', '),
      },
      {
        key: 'calls',
        title: t('admin.trunks.calls_short'),
        numeric: true,
        width: '140px',
        sort: (row) => row.maximum_calls || Number.POSITIVE_INFINITY,
        cell: (row) => (row.maximum_calls ? count(row.maximum_calls) : t('admin.unlimited')),
      },
    ],
    [t],
  );
  const live = typeof open === 'number' ? trunks.data?.find((it) => it.id === open) : undefined;
  return (
    <>
      <Area
        area="trunks"
        rows={trunks.data}
        error={trunks.error}
        onRetry={() => void trunks.refetch()}
        columns={columns}
        textOfRow={searchText}
        minWidth={860}
      />
      <OpenEditor open={open} rows={trunks.data} onClose={close}>
        {(row) => <TrunkEditor row={row} live={live ?? row} onClose={close} />}
      </OpenEditor>
    </>
  );
}

function TrunkState({ state, detail }: { state: string; detail: string }) {
  const text = textOf(`admin.trunks.states.${state}`) ?? state;
  return (
    <Chip tone={TONE[state] ?? 'warn'} {...(detail ? { title: detail } : {})}>
      {text}
    </Chip>
  );
}

function TrunkEditor({
  row,
  live,
  onClose,
}: {
  row: TrunkRow | null;
  live: TrunkRow | null;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const values: Values = {
    name: row?.name ?? '',
    kind: row?.kind ?? 'registration',
    host: row?.host ?? '',
    port: row?.port ?? 5060,
    addresses: row?.addresses ?? [],
    login: row?.login ?? '',
    secret: '',
    removes_secret: false,
    codecs: row?.codecs ?? ['alaw', 'ulaw'],
    number_format_in: row?.number_format_in ?? 'any',
    number_format_out: row?.number_format_out ?? 'plus',
    maximum_calls: row?.maximum_calls ?? 30,
    daily_calls: row?.daily_calls ?? 1000,
    daily_minutes: row?.daily_minutes ?? 3000,
    is_default: row?.is_default ?? false,
  };
  return (
    <Editor<TrunkRow, Values>
      area="trunks"
      row={row}
      title={row?.name ?? t('admin.trunks.new')}
      values={values}
      bodyOf={({ secret, removes_secret, ...it }) => ({
        ...it,
        port: Number(it.port),
        maximum_calls: Number(it.maximum_calls),
        daily_calls: Number(it.daily_calls),
        daily_minutes: Number(it.daily_minutes),
        // Null keeps what is there, an empty text takes it away.
        secret: secret || (removes_secret ? '' : null),
      })}
      placeOf={(place) => place.replace(/^(addresses|codecs)\..*$/, '$1')}
      validate={(it) => ({
        host: it.host.trim() ? null : t('common.required'),
        codecs: it.codecs.length ? null : t('common.required'),
        port: it.port === '' ? t('common.required') : null,
      })}
      onClose={onClose}
      removeText={t('admin.trunks.remove')}
      entity="trunk"
      wide
    >
      {({ form }) => {
        const { kind, is_default } = form.getValues();
        const format = (value: string) => ({
          value,
          label: t(`admin.trunks.format.${value as (typeof FORMATS_IN)[number]}`),
        });
        const limit = (name: 'maximum_calls' | 'daily_calls' | 'daily_minutes') => (
          <NumberInput
            label={t(`admin.trunks.field.${name}`)}
            description={t('admin.zero_unlimited')}
            inputWrapperOrder={ORDER}
            min={0}
            allowDecimal={false}
            thousandSeparator=" "
            {...form.getInputProps(name)}
          />
        );
        return (
          <>
            {live ? <TestLine trunk={live} /> : null}
            <TextInput label={t('admin.name')} required data-autofocus {...form.getInputProps('name')} />
            <div>
              <SegmentedControl
                fullWidth
                aria-label={t('admin.trunks.kind')}
                data={(['registration', 'address'] as const).map((value) => ({
                  value,
                  label: t(`admin.trunks.kinds.${value}`),
                }))}
                {...form.getInputProps('kind')}
              />
              <p className={css.hint}>{t(`admin.trunks.kind_help.${kind}`)}</p>
            </div>
            <Pair>
              <TextInput
                label={t('admin.trunks.host')}
                description={t('admin.trunks.host_help')}
                inputWrapperOrder={ORDER}
                required
                {...form.getInputProps('host')}
              />
              <NumberInput
                label={t('admin.trunks.port')}
                description={t('admin.trunks.port_help')}
                inputWrapperOrder={ORDER}
                min={0}
                max={65535}
                allowDecimal={false}
                {...form.getInputProps('port')}
              />
            </Pair>
            <Pair>
              <TextInput
                label={t('admin.trunks.login')}
                autoComplete="off"
                {...form.getInputProps('login')}
              />
              <PasswordInput
                label={t('admin.trunks.secret')}
                placeholder={row?.has_secret ? t('admin.trunks.secret_kept') : ''}
                autoComplete="new-password"
                visibilityToggleButtonProps={{ 'aria-label': t('admin.people.password_show') }}
                {...form.getInputProps('secret')}
              />
            </Pair>
            {row?.has_secret ? (
              <Switch
                label={t('admin.trunks.secret_remove')}
                {...form.getInputProps('removes_secret', { type: 'checkbox' })}
              />
            ) : null}
            <TagsInput
              label={t('admin.trunks.addresses')}
              description={t('admin.trunks.addresses_help')}
              inputWrapperOrder={ORDER}
              {...form.getInputProps('addresses')}
            />
            <Fieldset title={t('admin.trunks.sound')}>
              <MultiSelect
                label={t('admin.trunks.codecs')}
                description={t('admin.trunks.codecs_help')}
                inputWrapperOrder={ORDER}
                data={[...CODECS]}
                {...form.getInputProps('codecs')}
              />
              <Pair>
                <Select
                  label={t('admin.trunks.field.number_format_in')}
                  data={FORMATS_IN.map(format)}
                  {...form.getInputProps('number_format_in')}
                />
                <Select
                  label={t('admin.trunks.field.number_format_out')}
                  data={FORMATS_OUT.map(format)}
                  {...form.getInputProps('number_format_out')}
                />
              </Pair>
            </Fieldset>
            <Fieldset title={t('admin.trunks.limits')} hint={t('admin.trunks.limits_help')}>
              <Pair>
                {limit('maximum_calls')}
                {limit('daily_calls')}
                {limit('daily_minutes')}
              </Pair>
              <Switch
                label={t('admin.trunks.is_default')}
                description={t('admin.trunks.is_default_help')}
                disabled={Boolean(row?.is_default && is_default)}
                {...form.getInputProps('is_default', { type: 'checkbox' })}
              />
            </Fieldset>
          </>
        );
      }}
    </Editor>
  );
}

/** How the trunk is now, and a sign of life on demand. */
function TestLine({ trunk }: { trunk: TrunkRow }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const test = useMutation({
    mutationFn: () => post<TrunkTest>(`/api/v1/trunks/${trunk.id}/test`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['admin', 'trunks'] }),
  });
  const shown = test.data ?? trunk;
  return (
    <div className={css.result} role="status">
      <TrunkState state={shown.state} detail={shown.state_detail} />
      <span className="muted">
        {test.error ? problemText(test.error) : detailText(shown.state_detail)}
        {test.data?.answers ? ` ${answeredText(test.data)}` : ''}
      </span>
      <span className={css.push} />
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<PlugZap size={14} aria-hidden />}
        loading={test.isPending}
        onClick={() => test.mutate()}
      >
        {t('admin.trunks.test')}
      </Button>
    </div>
  );
}

/** A code of ours in words; else what the other side itself said, or the field that it did not take. */
function detailText(detail: string): string {
  if (!detail) return '';
  return (
    textOf(`admin.trunks.detail.${detail}`) ?? (textOf('admin.trunks.says', { words: detail }) || detail)
  );
}

function answeredText(found: TrunkTest): string {
  return found.round_trip_ms === null
    ? (textOf('admin.trunks.answered') ?? '')
    : (textOf('admin.trunks.answered_in', { milliseconds: Math.round(found.round_trip_ms) }) ?? '');
}

const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
const searchText = (row: TrunkRow) => `${row.name} ${row.host} ${row.login}`;
