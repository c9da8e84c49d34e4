import { Button, Select, TextInput } from '@mantine/core';
import { Copy, Plus, X } from 'lucide-react';
import { lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { HoursRow, HoursSave, Weekly } from '~/api/gen/types.gen';
import { formatZone, when } from '~/lib/format';
import { addDays } from '~/lib/period';
import { Chip } from '~/ui/Chip';
import type { Column } from '~/ui/DataGrid';
import { DayField } from '~/ui/DayField';
import { useToday } from '~/ui/useToday';
import css from './Admin.module.css';
import { Area, useOpen } from './Area';
import { Editor, Fieldset, OpenEditor, Pair } from './Editor';
import { Spans } from './Spans';
import { useThings } from './things';
import { DAYS, type Day, drawn, reaching, type Span, weekText } from './week';
import { zones } from './zones';

const Calendar = lazy(async () => ({ default: (await import('./Calendar')).Calendar }));

interface Exception {
  date: string;
  spans: Span[];
  note: string;
}
interface Values extends Record<string, unknown> {
  name: string;
  zone: string | null;
  weekly: Record<Day, Span[]>;
  exceptions: Exception[];
}

const OFFICE: Span = ['09:00', '18:00'];
const newWeek = (): Record<Day, Span[]> => ({
  mon: [[...OFFICE]],
  tue: [[...OFFICE]],
  wed: [[...OFFICE]],
  thu: [[...OFFICE]],
  fri: [[...OFFICE]],
  sat: [],
  sun: [],
});

/** The server counts days from 0, the form calls them by name: week.0.1 is weekly.mon.1. */
export const placeOf = (place: string): string =>
  place
    .replace(/^week(?:ly)?\.(\d|[a-z]{3})/, (_, day: string) => `weekly.${DAYS[Number(day)] ?? day}`)
    .replace(/^dates\./, 'exceptions.')
    .replace(/^(weekly\.[a-z]{3}\.\d+)\..*$/, '$1')
    .replace(/^(exceptions\.\d+)\.day$/, '$1.date')
    .replace(/^(exceptions\.\d+\.spans\.\d+)\..*$/, '$1')
    .replace(/^time_zone$/, 'zone');

export default function Hours() {
  const { t } = useTranslation();
  const hours = useThings('hours', { refetchInterval: 60_000 });
  const { open, close } = useOpen();
  const columns = useMemo<Column<HoursRow>[]>(
    () => [
      {
        key: 'name',
        title: t('admin.name'),
        width: 'minmax(140px, 1.3fr)',
        sort: (row) => row.name,
        cell: (row) => row.name,
      },
      {
        key: 'week',
        title: t('admin.hours.week'),
        width: 'minmax(220px, 2.6fr)',
        cell: (row) => {
          const text = weekText(row.weekly, {
            day: (day) => t(`admin.hours.short.${day}`),
            closed: t('admin.hours.day_closed'),
            around: t('admin.hours.around'),
          });
          return <span title={text}>{text}</span>;
        },
      },
      {
        key: 'exceptions',
        title: t('admin.hours.exceptions'),
        numeric: true,
        width: '110px',
        sort: (row) => row.exceptions?.length ?? 0,
        cell: (row) => row.exceptions?.length || '—',
      },
      {
        key: 'zone',
        title: t('admin.hours.zone'),
        width: 'minmax(130px, 1.2fr)',
        cell: (row) => row.zone || t('admin.hours.site_zone'),
      },
      {
        key: 'now',
        title: t('admin.hours.now'),
        width: 'minmax(170px, 1.6fr)',
        sort: (row) => Number(!row.is_open),
        cell: (row) => (
          <>
            <Chip tone={row.is_open ? 'ok' : 'mute'}>
              {t(row.is_open ? 'admin.hours.open' : 'admin.hours.closed')}
            </Chip>{' '}
            {row.changes_at ? (
              <span className="muted">{t('admin.hours.until', { time: when(row.changes_at) })}</span>
            ) : null}
          </>
        ),
      },
    ],
    [t],
  );
  return (
    <>
      <Area
        area="hours"
        rows={hours.data}
        error={hours.error}
        onRetry={() => void hours.refetch()}
        columns={columns}
        textOfRow={nameOf}
        minWidth={860}
      />
      <OpenEditor open={open} rows={hours.data} onClose={close}>
        {(row) => <HoursEditor row={row} onClose={close} />}
      </OpenEditor>
    </>
  );
}

function HoursEditor({ row, onClose }: { row: HoursRow | null; onClose: () => void }) {
  const { t } = useTranslation();
  const today = useToday();
  return (
    <Editor<HoursRow, Values>
      area="hours"
      row={row}
      title={row?.name ?? t('admin.hours.new')}
      values={{
        name: row?.name ?? '',
        zone: row?.zone || null,
        weekly: row ? (row.weekly as Record<Day, Span[]>) : newWeek(),
        exceptions: (row?.exceptions ?? []).map((it) => ({
          date: it.date,
          spans: it.spans as Span[],
          note: it.note,
        })),
      }}
      bodyOf={(it): HoursSave => ({
        name: it.name,
        zone: it.zone ?? '',
        weekly: it.weekly as Weekly,
        exceptions: it.exceptions,
      })}
      placeOf={placeOf}
      validate={(it) => ({
        ...Object.fromEntries(
          DAYS.flatMap((day) =>
            it.weekly[day].flatMap(([opens, closes], i) =>
              opens && closes ? [] : [[`weekly.${day}.${i}`, t('common.required')]],
            ),
          ),
        ),
        ...Object.fromEntries(
          it.exceptions.flatMap(({ date }, i) =>
            date ? [] : [[`exceptions.${i}.date`, t('common.required')]],
          ),
        ),
      })}
      onClose={onClose}
      removeText={t('admin.hours.remove')}
      entity="hours"
      wide
    >
      {({ form }) => {
        const { weekly, exceptions } = form.getValues();
        const setWeek = (next: Record<Day, Span[]>) => form.setFieldValue('weekly', next);
        const setExceptions = (next: Exception[]) => form.setFieldValue('exceptions', next);
        const copyOf = (spans: Span[]): Span[] => spans.map(([opens, closes]) => [opens, closes]);
        return (
          <>
            <Pair>
              <TextInput label={t('admin.name')} required data-autofocus {...form.getInputProps('name')} />
              <Select
                label={t('admin.hours.zone')}
                placeholder={t('admin.hours.site_zone_is', { zone: formatZone() ?? '' })}
                searchable
                clearable
                allowDeselect
                limit={60}
                nothingFoundMessage={t('lists.pick.nothing')}
                data={zones()}
                {...form.getInputProps('zone')}
              />
            </Pair>
            <Fieldset title={t('admin.hours.week')} hint={t('admin.hours.week_help')}>
              <div>
                {DAYS.map((day, index) => (
                  <div key={day} className={css.weekDay}>
                    <b>{t(`admin.hours.day.${day}`)}</b>
                    <Spans
                      label={t(`admin.hours.day.${day}`)}
                      field={`weekly.${day}`}
                      value={weekly[day]}
                      onChange={(spans) => setWeek({ ...weekly, [day]: spans })}
                      errorOf={(path) => form.errors[path]}
                    />
                    <DayBar spans={weekly[day]} before={weekly[DAYS[(index + 6) % 7]!]} />
                  </div>
                ))}
              </div>
              <div className={css.actions}>
                <Button
                  size="compact-sm"
                  variant="default"
                  leftSection={<Copy size={14} aria-hidden />}
                  onClick={() =>
                    setWeek({
                      ...weekly,
                      tue: copyOf(weekly.mon),
                      wed: copyOf(weekly.mon),
                      thu: copyOf(weekly.mon),
                      fri: copyOf(weekly.mon),
                    })
                  }
                >
                  {t('admin.hours.copy_work_days')}
                </Button>
                <Button
                  size="compact-sm"
                  variant="default"
                  leftSection={<Copy size={14} aria-hidden />}
                  onClick={() =>
                    setWeek(
                      Object.fromEntries(DAYS.map((day) => [day, copyOf(weekly.mon)])) as Record<Day, Span[]>,
                    )
                  }
                >
                  {t('admin.hours.copy_all')}
                </Button>
              </div>
            </Fieldset>
            <Fieldset title={t('admin.hours.exceptions_title')} hint={t('admin.hours.exceptions_help')}>
              {exceptions.map((it, index) => {
                const change = (next: Partial<Exception>) =>
                  setExceptions(exceptions.map((one, i) => (i === index ? { ...one, ...next } : one)));
                return (
                  <div key={index} className={css.exception}>
                    <Pair>
                      <DayField
                        label={t('admin.hours.date')}
                        required
                        data-path={`exceptions.${index}.date`}
                        error={form.errors[`exceptions.${index}.date`]}
                        value={it.date}
                        onChange={(date) => change({ date })}
                      />
                      <TextInput
                        label={t('admin.hours.note')}
                        placeholder={t('admin.hours.note_example')}
                        value={it.note}
                        maxLength={250}
                        onChange={(e) => change({ note: e.currentTarget.value })}
                      />
                    </Pair>
                    <div className={css.rowLine}>
                      <Spans
                        label={it.date || t('admin.hours.date')}
                        field={`exceptions.${index}.spans`}
                        value={it.spans}
                        onChange={(spans) => change({ spans })}
                        errorOf={(path) => form.errors[path]}
                      />
                      <Button
                        size="compact-sm"
                        variant="subtle"
                        leftSection={<X size={14} aria-hidden />}
                        onClick={() => setExceptions(exceptions.filter((_, i) => i !== index))}
                      >
                        {t('common.delete')}
                      </Button>
                    </div>
                  </div>
                );
              })}
              <div className={css.actions}>
                <Button
                  size="compact-sm"
                  variant="default"
                  leftSection={<Plus size={14} aria-hidden />}
                  onClick={() => {
                    const last = exceptions[exceptions.length - 1]?.date;
                    const date = last && last >= today ? addDays(last, 1) : addDays(today, 1);
                    setExceptions([...exceptions, { date, spans: [], note: '' }]);
                    const field = `[data-path="exceptions.${exceptions.length}.date"]`;
                    requestAnimationFrame(() =>
                      document.querySelector(field)?.scrollIntoView({ block: 'center' }),
                    );
                  }}
                >
                  {t('admin.hours.add_exception')}
                </Button>
                <Suspense>
                  <Calendar
                    weekly={weekly}
                    taken={new Set(exceptions.map((one) => one.date))}
                    onAdd={(days) =>
                      setExceptions([...exceptions, ...days].sort((a, b) => a.date.localeCompare(b.date)))
                    }
                  />
                </Suspense>
              </div>
            </Fieldset>
          </>
        );
      }}
    </Editor>
  );
}

/** The day at a glance; what begins the evening before reaches into it. */
function DayBar({ spans, before }: { spans: readonly Span[]; before: readonly Span[] }) {
  const rest = reaching(before);
  return (
    <i className={css.dayBar} aria-hidden>
      {rest ? <em style={{ left: 0, width: `${rest * 100}%` }} /> : null}
      {spans.map((span, i) => {
        const { left, width } = drawn(span);
        return <em key={i} style={{ left: `${left * 100}%`, width: `${width * 100}%` }} />;
      })}
    </i>
  );
}

const nameOf = (row: HoursRow) => row.name;
