import {
  MultiSelect,
  NumberInput,
  SegmentedControl,
  Select,
  Switch,
  TextInput,
  Chip as Toggle,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import type { AlertRuleRow, FigureRow } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { figureText } from '~/lib/figures';
import { Chip } from '~/ui/Chip';
import type { Column } from '~/ui/DataGrid';
import { TimeField } from '~/ui/TimeField';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import { Editor, Fieldset, OpenEditor, Pair } from './Editor';
import { choices, idText, textId, useThings } from './things';
import { DAYS } from './week';

type Scope = AlertRuleRow['scope'];
type Amount = number | string;

interface Values extends Record<string, unknown> {
  name: string;
  figure: string;
  scope: Scope;
  places: string[];
  teams: string[];
  side: AlertRuleRow['side'];
  limit: Amount;
  recover: Amount;
  lasts: Amount;
  least: Amount;
  severity: AlertRuleRow['severity'];
  owner: string | null;
  hasHours: boolean;
  days: string[];
  since: string;
  until: string;
  is_on: boolean;
  has_sound: boolean;
  tell: string[];
}

const SEVERITIES = ['notice', 'warning', 'critical'] as const;
const SIDES = ['above', 'below'] as const;
const WORK_DAYS = ['0', '1', '2', '3', '4'];

const useFigures = () =>
  useQuery({
    queryKey: ['admin', 'figures'],
    queryFn: ({ signal }) => get<FigureRow[]>('/api/v1/alerts/figures', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** A share is typed in per cent. */
const shown = (value: number | null | undefined, unit: FigureRow['unit'] | undefined): Amount =>
  value === null || value === undefined ? '' : unit === 'share' ? Math.round(value * 1e4) / 100 : value;
const meant = (value: Amount, unit: FigureRow['unit'] | undefined): number | null =>
  value === '' ? null : unit === 'share' ? Number(value) / 100 : Number(value);

/** Thresholds on what the board shows. */
export default function AlertRules() {
  const { t } = useTranslation();
  const rules = useThings('alert-rules', { refetchInterval: 10_000 });
  const figures = useFigures();
  const { open, close } = useOpen();
  const units = useMemo(() => new Map(figures.data?.map((it) => [it.name, it.unit])), [figures.data]);
  const columns = useMemo<Column<AlertRuleRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(160px, 1.6fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        key: 'condition',
        title: t('admin.alert-rules.condition'),
        width: 'minmax(240px, 2.2fr)',
        sort: (row) => row.figure,
        cell: (row) =>
          `${figureName(row.figure)} ${t(`alerts.side.${row.side}`)} ${figureText(row.limit, units.get(row.figure) ?? 'count')}`,
      },
      {
        key: 'scope',
        title: t('admin.alert-rules.place'),
        width: 'minmax(110px, 1fr)',
        sort: (row) => row.scope,
        cell: (row) =>
          `${t(`alerts.scope.${row.scope}`)}${row.place_ids.length ? ` (${row.place_ids.length})` : ''}`,
      },
      {
        key: 'severity',
        title: t('alerts.column.severity'),
        width: '120px',
        sort: (row) => SEVERITIES.indexOf(row.severity),
        cell: (row) => t(`alerts.severity.${row.severity}`),
      },
      {
        key: 'now',
        title: t('admin.alert-rules.now'),
        width: '120px',
        sort: (row) => (row.is_on ? row.standing : -1),
        cell: (row) =>
          !row.is_on ? (
            <Chip tone="mute">{t('admin.alert-rules.off')}</Chip>
          ) : row.standing ? (
            <Chip tone="bad">{t('admin.alert-rules.fires', { count: row.standing })}</Chip>
          ) : (
            <Chip tone="ok">{t('admin.alert-rules.quiet')}</Chip>
          ),
      },
    ],
    [t, units],
  );
  return (
    <>
      <Area
        area="alert-rules"
        rows={figures.data ? rules.data : undefined}
        error={rules.error ?? figures.error}
        onRetry={() => void rules.refetch()}
        columns={columns}
        textOfRow={searchText}
        minWidth={820}
      />
      <OpenEditor open={figures.data ? open : null} rows={rules.data} onClose={close}>
        {(row) => <RuleEditor row={row} figures={figures.data ?? []} onClose={close} />}
      </OpenEditor>
    </>
  );
}

function RuleEditor({
  row,
  figures,
  onClose,
}: {
  row: AlertRuleRow | null;
  figures: readonly FigureRow[];
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const people = useThings('people');
  const teams = useThings('teams');
  const queues = useThings('queues');
  const receivers = useThings('receivers');
  const of = (name: string) => figures.find((it) => it.name === name);
  const unit = of(row?.figure ?? 'waiting')?.unit;
  const values: Values = {
    name: row?.name ?? '',
    figure: row?.figure ?? 'waiting',
    scope: row?.scope ?? 'queue',
    places: row?.place_ids.map(String) ?? [],
    teams: row?.team_ids.map(String) ?? [],
    side: row?.side ?? 'above',
    limit: shown(row?.limit ?? 5, unit),
    recover: shown(row?.recover, unit),
    lasts: row?.lasts_seconds ?? 30,
    least: row?.least ?? 0,
    severity: row?.severity ?? 'warning',
    owner: idText(row?.owner_id),
    hasHours: Boolean(row?.hours),
    days: row?.hours?.days.map(String) ?? WORK_DAYS,
    since: row?.hours?.since ?? '09:00',
    until: row?.hours?.until ?? '18:00',
    is_on: row?.is_on ?? true,
    has_sound: row?.has_sound ?? true,
    tell: [
      ...(row?.receiver_ids ?? []).map((id) => `r${id}`),
      ...(row?.person_ids ?? []).map((id) => `p${id}`),
      ...(row?.team_receiver_ids ?? []).map((id) => `t${id}`),
    ],
  };
  const places: Partial<Record<Scope, readonly { id: number; name: string }[] | undefined>> = {
    queue: queues.data,
    team: teams.data,
    agent: people.data,
  };
  return (
    <Editor<AlertRuleRow, Values>
      area="alert-rules"
      row={row}
      title={row?.name ?? t('admin.alert-rules.new')}
      values={values}
      bodyOf={(it) => ({
        name: it.name,
        figure: it.figure,
        scope: it.scope,
        place_ids: it.scope === 'centre' ? [] : it.places.map(Number),
        team_ids: it.scope === 'agent' ? it.teams.map(Number) : [],
        side: it.side,
        limit: meant(it.limit, of(it.figure)?.unit),
        recover: meant(it.recover, of(it.figure)?.unit),
        lasts_seconds: Number(it.lasts),
        least: of(it.figure)?.has_basis ? Number(it.least) : 0,
        severity: it.severity,
        owner_id: textId(it.owner),
        hours: it.hasHours ? { days: it.days.map(Number), since: it.since, until: it.until } : null,
        is_on: it.is_on,
        has_sound: it.has_sound,
        receiver_ids: told(it.tell, 'r'),
        person_ids: told(it.tell, 'p'),
        team_receiver_ids: told(it.tell, 't'),
      })}
      placeOf={(place) =>
        ({
          place_ids: 'places',
          team_ids: 'teams',
          lasts_seconds: 'lasts',
          owner_id: 'owner',
          hours: 'days',
          receiver_ids: 'tell',
          person_ids: 'tell',
          team_receiver_ids: 'tell',
        })[place.split('.')[0] ?? ''] ?? place
      }
      validate={(it) => ({
        limit: it.limit === '' ? t('common.required') : null,
        days: it.hasHours && !it.days.length ? t('common.required') : null,
      })}
      onClose={onClose}
      removeText={t('admin.alert-rules.remove')}
      wide
    >
      {({ form }) => {
        const { figure, scope, hasHours, side } = form.getValues();
        const kind = of(figure);
        const there = places[scope];
        const suffix = textOf(`admin.alert-rules.unit.${kind?.unit}`) ?? '';
        const timeProps = (field: 'since' | 'until') => ({
          value: form.getValues()[field],
          onChange: (time: string) => form.setFieldValue(field, time),
        });
        const choose = (name: string | null) => {
          const next = of(name ?? '');
          if (!next) return;
          form.setFieldValue('figure', next.name);
          form.setFieldValue('side', next.side);
          form.setFieldValue('limit', '');
          form.setFieldValue('recover', '');
          if (!next.scopes.includes(scope)) {
            form.setFieldValue('scope', next.scopes[0] ?? 'centre');
            form.setFieldValue('places', []);
          }
        };
        return (
          <>
            <TextInput label={t('admin.name')} required data-autofocus {...form.getInputProps('name')} />
            <Select
              label={t('admin.alert-rules.figure')}
              description={textOf(`alerts.figure_help.${figure}`) ?? undefined}
              data={figures.map((it) => ({ value: it.name, label: figureName(it.name) }))}
              searchable
              allowDeselect={false}
              {...form.getInputProps('figure')}
              onChange={choose}
            />
            {kind && kind.scopes.length > 1 ? (
              <SegmentedControl
                fullWidth
                aria-label={t('admin.alert-rules.place')}
                data={kind.scopes.map((value) => ({ value, label: t(`alerts.scope.${value}`) }))}
                {...form.getInputProps('scope')}
                onChange={(value) => {
                  form.setFieldValue('scope', value as Scope);
                  form.setFieldValue('places', []);
                }}
              />
            ) : null}
            {scope === 'centre' ? null : (
              <MultiSelect
                label={t(`alerts.scope.${scope}`)}
                description={t('admin.alert-rules.each')}
                placeholder={form.getValues().places.length ? '' : t('admin.alert-rules.all')}
                data={choices(there)}
                searchable
                clearable
                {...form.getInputProps('places')}
              />
            )}
            {scope === 'agent' ? (
              <MultiSelect
                label={t('admin.alert-rules.teams')}
                placeholder={form.getValues().teams.length ? '' : t('admin.alert-rules.all')}
                data={choices(teams.data)}
                searchable
                clearable
                {...form.getInputProps('teams')}
              />
            ) : null}
            <Fieldset title={t('admin.alert-rules.when')} hint={t('admin.alert-rules.when_help')}>
              <SegmentedControl
                fullWidth
                aria-label={t('admin.alert-rules.side')}
                data={SIDES.map((value) => ({ value, label: t(`alerts.side.${value}`) }))}
                {...form.getInputProps('side')}
              />
              <Pair>
                <NumberInput
                  label={t('admin.alert-rules.limit')}
                  required
                  min={0}
                  max={kind?.unit === 'share' ? 100 : 1_000_000}
                  suffix={suffix}
                  {...form.getInputProps('limit')}
                />
                <NumberInput
                  label={t('admin.alert-rules.recover')}
                  description={t(`admin.alert-rules.recover_help.${side}`)}
                  inputWrapperOrder={ORDER}
                  min={0}
                  max={kind?.unit === 'share' ? 100 : 1_000_000}
                  suffix={suffix}
                  {...form.getInputProps('recover')}
                />
              </Pair>
              <Pair>
                <NumberInput
                  label={t('admin.alert-rules.lasts')}
                  min={0}
                  max={86_400}
                  allowDecimal={false}
                  suffix={t('admin.alert-rules.unit.seconds')}
                  {...form.getInputProps('lasts')}
                />
                {kind?.has_basis ? (
                  <NumberInput
                    label={t('admin.alert-rules.least')}
                    description={t('admin.alert-rules.least_help')}
                    inputWrapperOrder={ORDER}
                    min={0}
                    max={100_000}
                    allowDecimal={false}
                    {...form.getInputProps('least')}
                  />
                ) : null}
              </Pair>
            </Fieldset>
            <Pair>
              <Select
                label={t('alerts.column.severity')}
                data={SEVERITIES.map((value) => ({ value, label: t(`alerts.severity.${value}`) }))}
                allowDeselect={false}
                {...form.getInputProps('severity')}
              />
              <Select
                label={t('admin.alert-rules.owner')}
                data={choices(people.data)}
                searchable
                clearable
                {...form.getInputProps('owner')}
              />
            </Pair>
            <MultiSelect
              label={t('admin.alert-rules.tell')}
              description={t('admin.alert-rules.tell_help')}
              inputWrapperOrder={ORDER}
              data={[
                { group: t('admin.alert-rules.tell_groups.receivers'), items: marked(receivers.data, 'r') },
                { group: t('admin.alert-rules.tell_groups.people'), items: marked(people.data, 'p') },
                { group: t('admin.alert-rules.tell_groups.teams'), items: marked(teams.data, 't') },
              ]}
              searchable
              clearable
              {...form.getInputProps('tell')}
            />
            <Switch
              label={t('admin.alert-rules.has_hours')}
              {...form.getInputProps('hasHours', { type: 'checkbox' })}
            />
            {hasHours ? (
              <>
                <Toggle.Group multiple {...form.getInputProps('days')}>
                  <div className={css.filters}>
                    {DAYS.map((day, place) => (
                      <Toggle key={day} value={String(place)} size="sm">
                        {t(`admin.hours.short.${day}`)}
                      </Toggle>
                    ))}
                  </div>
                </Toggle.Group>
                <Pair>
                  <TimeField label={t('admin.alert-rules.since')} {...timeProps('since')} />
                  <TimeField label={t('admin.alert-rules.until')} {...timeProps('until')} />
                </Pair>
              </>
            ) : null}
            <Switch
              label={t('admin.alert-rules.has_sound')}
              {...form.getInputProps('has_sound', { type: 'checkbox' })}
            />
            <Switch
              label={t('admin.alert-rules.is_on')}
              {...form.getInputProps('is_on', { type: 'checkbox' })}
            />
          </>
        );
      }}
    </Editor>
  );
}

/** Receivers, people and teams stand in one field: a letter before the id says which it is. */
const marked = (rows: readonly { id: number; name: string }[] | undefined, letter: string) =>
  choices(rows).map((it) => ({ ...it, value: letter + it.value }));
const told = (values: readonly string[], letter: string): number[] =>
  values.filter((it) => it.startsWith(letter)).map((it) => Number(it.slice(1)));
const figureName = (name: string): string => textOf(`alerts.figure.${name}`) ?? name;
const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
const searchText = (row: AlertRuleRow) => `${row.name} ${figureName(row.figure)}`;
