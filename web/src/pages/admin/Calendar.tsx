import { Button, Checkbox, FileButton, SegmentedControl, Select } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { CalendarDays, FileUp } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { CalendarDayRow, CalendarRead, SiteRow } from '~/api/gen/types.gen';
import { Banner } from '~/ui/Notice';
import { useToday } from '~/ui/useToday';
import css from './Admin.module.css';
import { type SpecialDay, specialDays } from './calendar';
import { Pair } from './Editor';
import { DAYS, type Day, type Span } from './week';
import { countries } from './zones';

type Told = { added: number; left: number; skipped: CalendarRead['skipped'] };

/** Days off and moved working days, from a country's calendar or a file, as special days of opening hours. */
export function Calendar({
  weekly,
  taken,
  onAdd,
}: {
  weekly: Record<Day, Span[]>;
  /** Dates that have hours already: they stay. */
  taken: ReadonlySet<string>;
  onAdd: (days: SpecialDay[]) => void;
}) {
  const { t, i18n } = useTranslation();
  const today = useToday();
  const label = useId();
  const thisYear = Number(today.slice(0, 4));
  const [isOpen, setOpen] = useState(false);
  const [picked, setPicked] = useState<string | null>(null);
  const [year, setYear] = useState(String(thisYear + (today.slice(5) >= '12-01' ? 1 : 0)));
  const [like, setLike] = useState<Day>('fri');
  const [shortens, setShortens] = useState(false);
  const [told, setTold] = useState<Told | null>(null);
  const known = useQuery({
    queryKey: ['calendars', 'countries'],
    queryFn: ({ signal }) => get<string[]>('/api/v1/calendars/countries', {}, signal),
    enabled: isOpen,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const site = useQuery({
    queryKey: ['admin', 'site'],
    queryFn: ({ signal }) => get<SiteRow>('/api/v1/site', {}, signal),
    enabled: isOpen,
  });
  const country = picked ?? site.data?.country ?? null;

  function take(days: readonly CalendarDayRow[], skipped: CalendarRead['skipped'] = []) {
    const found = specialDays(days, weekly, { today, like, shortens, taken });
    onAdd(found);
    const coming = days.filter((one) => one.date >= today).length;
    setTold({ added: found.length, left: coming - found.length, skipped });
  }
  const ofCountry = useMutation({
    mutationFn: () =>
      get<CalendarDayRow[]>('/api/v1/calendars', {
        country: country ?? '',
        year: Number(year),
        language: i18n.language.startsWith('ru') ? 'ru' : 'en',
      }),
    onMutate: () => setTold(null),
    onSuccess: (days) => take(days),
  });
  const ofFile = useMutation({
    mutationFn: async (file: File) =>
      post<CalendarRead>('/api/v1/calendars/read', { text: await file.text() }),
    onMutate: () => setTold(null),
    onSuccess: (read) => take(read.days, read.skipped),
  });
  const error = ofCountry.error ?? ofFile.error;

  if (!isOpen) {
    return (
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<CalendarDays size={14} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        {t('admin.hours.calendar.open')}
      </Button>
    );
  }
  return (
    <section className={css.calendar} aria-labelledby={label}>
      <h4 id={label}>{t('admin.hours.calendar.open')}</h4>
      <Pair>
        <Select
          label={t('admin.hours.calendar.country')}
          searchable
          data={countries().filter((one) => known.data?.includes(one.value) ?? true)}
          value={country}
          onChange={setPicked}
          nothingFoundMessage={t('lists.pick.nothing')}
          limit={60}
        />
        <Select
          label={t('admin.hours.calendar.like')}
          description={t('admin.hours.calendar.like_help')}
          data={DAYS.map((value) => ({ value, label: t(`admin.hours.day.${value}`) }))}
          value={like}
          onChange={(value) => setLike((value as Day | null) ?? 'fri')}
        />
      </Pair>
      <Checkbox
        label={t('admin.hours.calendar.shorten')}
        checked={shortens}
        onChange={(event) => setShortens(event.currentTarget.checked)}
      />
      <div className={css.actions}>
        <SegmentedControl
          size="xs"
          aria-label={t('admin.hours.calendar.year')}
          data={[String(thisYear), String(thisYear + 1)]}
          value={year}
          onChange={setYear}
        />
        <Button
          size="compact-sm"
          loading={ofCountry.isPending}
          disabled={!country}
          onClick={() => {
            ofFile.reset();
            ofCountry.mutate();
          }}
        >
          {t('admin.hours.calendar.take')}
        </Button>
        <FileButton
          accept=".ics,text/calendar"
          onChange={(file) => {
            if (!file) return;
            ofCountry.reset();
            ofFile.mutate(file);
          }}
        >
          {(props) => (
            <Button
              {...props}
              size="compact-sm"
              variant="default"
              loading={ofFile.isPending}
              leftSection={<FileUp size={14} aria-hidden />}
            >
              {t('admin.hours.calendar.file')}
            </Button>
          )}
        </FileButton>
      </div>
      {error ? <Banner tone="bad">{problemText(error)}</Banner> : null}
      {told ? (
        <p role="status" className="muted">
          {t('admin.hours.calendar.added', { count: told.added })}
          {told.left > 0 ? ` ${t('admin.hours.calendar.left', { count: told.left })}` : ''}
        </p>
      ) : null}
      {told?.skipped.length ? (
        <Banner tone="warn">
          {t('admin.hours.calendar.skipped')}
          <ul>
            {told.skipped.slice(0, 8).map((one, index) => (
              <li key={index}>
                {one.title || '—'}: {t(`admin.hours.calendar.problem.${one.problem as 'has_time'}`)}
              </li>
            ))}
          </ul>
        </Banner>
      ) : null}
    </section>
  );
}
