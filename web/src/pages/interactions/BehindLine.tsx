import { Button } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { ArrowLeft, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { textOf } from '~/i18n';
import { clock, day, dayTime, duration, formatLanguage, isoDay } from '~/lib/format';
import { addDays } from '~/lib/period';
import { Chip } from '~/ui/Chip';
import { periodText } from '~/ui/PeriodPicker';
import { areDays, type Behind } from './filters';
import css from './Interactions.module.css';
import { useLabels } from './labels';

/** A Monday. */
const MONDAY = Date.UTC(2024, 0, 1);

function placeText({ start, stop }: Behind): string {
  if (areDays(start, stop, clock)) return periodText({ from: isoDay(start), to: isoDay(stop) });
  if (isoDay(start) === isoDay(stop) || addDays(isoDay(start), 1) === isoDay(stop)) {
    return `${day(start)}, ${clock(start)}–${clock(stop)}`;
  }
  return `${dayTime(start)} – ${dayTime(stop)}`;
}

/** Says which number of a report the list stands behind. */
export function BehindLine({
  behind,
  source,
  onClear,
}: {
  behind: Behind;
  source: string | null;
  onClear: () => void;
}) {
  const { t } = useTranslation();
  const router = useRouter();
  const { queues, agents } = useLabels(source);
  const { weekday, hour, over_seconds: over, up_to_seconds: upTo, within_days: days } = behind.narrowed;
  const weekdays = new Intl.DateTimeFormat(formatLanguage() === 'en' ? 'en-GB' : 'ru', {
    weekday: 'long',
    timeZone: 'UTC',
  });
  const narrowed = [
    weekday ? weekdays.format(MONDAY + (Number(weekday) - 1) * 86_400_000) : null,
    hour ? `${hour}:00–${Number(hour) + 1}:00` : null,
    over !== undefined && upTo
      ? t('interactions.behind.waited', { over: duration(Number(over)), up_to: duration(Number(upTo)) })
      : upTo
        ? t('interactions.behind.waited_up_to', { up_to: duration(Number(upTo)) })
        : over !== undefined
          ? t('interactions.behind.waited_over', { over: duration(Number(over)) })
          : null,
    days ? t('interactions.behind.within', { count: Number(days) }) : null,
  ].filter((it) => it !== null);
  const names = [
    ...behind.queue.map((id) => queues.find((it) => it.id === Number(id))?.name ?? id),
    ...behind.agent.map((id) => agents.find((it) => it.id === Number(id))?.name ?? id),
  ];
  return (
    <div className={css.behind}>
      <Button
        variant="default"
        leftSection={<ArrowLeft size={15} aria-hidden />}
        onClick={() => router.history.back()}
      >
        {t('interactions.behind.back')}
      </Button>
      <span>{t('interactions.behind.title')}</span>
      <Chip>{textOf(`interactions.behind.drill.${behind.drill}`) ?? behind.drill}</Chip>
      <b>{[...names, placeText(behind), ...narrowed].join(' · ')}</b>
      <Button variant="subtle" leftSection={<X size={15} aria-hidden />} onClick={onClear}>
        {t('interactions.behind.clear')}
      </Button>
    </div>
  );
}
