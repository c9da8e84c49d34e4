import '@mantine/dates/styles.layer.css';
import 'dayjs/locale/ru';
import { Button, Popover } from '@mantine/core';
import { DatePicker } from '@mantine/dates';
import { CalendarDays, ChevronLeft, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatLanguage, formatZone } from '~/lib/format';
import { addDays, type Chosen, daysOf, LONGEST_DAYS, type Period, PRESETS, presetPeriod } from '~/lib/period';
import css from './PeriodPicker.module.css';

/** A week-end is a day like any other here; and the library's red is too light for a number. */
const NO_DAYS: (0 | 1 | 2 | 3 | 4 | 5 | 6)[] = [];

/** Two local days as one reads them: "15–21 Nov 2026". Dates here have no zone any more. */
export function periodText({ from, to }: Period): string {
  const words = new Intl.DateTimeFormat(formatLanguage() === 'en' ? 'en-GB' : 'ru', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  });
  const last = addDays(to, -1);
  return words.formatRange(new Date(`${from}T00:00:00Z`), new Date(`${last}T00:00:00Z`));
}

/** A named period or two dates; the arrows go to the period before and after. */
export function PeriodPicker({
  value,
  today,
  onChange,
}: {
  value: Chosen;
  today: string;
  onChange: (address: { period: string | null; from: string | null; to: string | null }) => void;
}) {
  const { t, i18n } = useTranslation();
  const [opened, setOpened] = useState(false);
  const [range, setRange] = useState<[string | null, string | null]>([null, null]);
  const days = daysOf(value);
  const own = ({ from, to }: Period) => onChange({ period: null, from, to });
  const shift = (steps: number) =>
    own({ from: addDays(value.from, steps * days), to: addDays(value.to, steps * days) });
  const open = (next: boolean) => {
    setOpened(next);
    if (next) setRange([value.from, addDays(value.to, -1)]);
  };
  return (
    <div className={css.picker}>
      <Button
        variant="default"
        px={8}
        aria-label={`${t('lists.period.label')}: ${t('common.back')}`}
        onClick={() => shift(-1)}
      >
        <ChevronLeft size={16} aria-hidden />
      </Button>
      <Popover opened={opened} onChange={open} position="bottom-start" shadow="md" trapFocus withinPortal>
        <Popover.Target>
          <Button
            variant="default"
            leftSection={<CalendarDays size={15} aria-hidden />}
            onClick={() => open(!opened)}
            aria-haspopup="dialog"
            aria-expanded={opened}
          >
            {value.preset ? (
              <>
                {t(`lists.period.${value.preset}`)}
                <span className={css.dates}>{periodText(value)}</span>
              </>
            ) : (
              periodText(value)
            )}
          </Button>
        </Popover.Target>
        <Popover.Dropdown className={css.card} aria-label={t('lists.period.label')}>
          <div className={css.presets}>
            {PRESETS.map((preset) => (
              <button
                key={preset}
                type="button"
                aria-pressed={value.preset === preset}
                title={periodText(presetPeriod(preset, today))}
                onClick={() => {
                  onChange({ period: preset, from: null, to: null });
                  setOpened(false);
                }}
              >
                {t(`lists.period.${preset}`)}
              </button>
            ))}
          </div>
          <div>
            <DatePicker
              type="range"
              allowSingleDateInRange
              locale={i18n.language}
              firstDayOfWeek={1}
              weekendDays={NO_DAYS}
              hideOutsideDates
              size="sm"
              maxDate={today}
              defaultDate={addDays(value.to, -1)}
              value={range}
              onChange={(next) => {
                setRange(next);
                const [first, last] = next;
                if (!first || !last) return;
                const to = addDays(last, 1);
                own({
                  from: daysOf({ from: first, to }) > LONGEST_DAYS ? addDays(to, -LONGEST_DAYS) : first,
                  to,
                });
                setOpened(false);
              }}
            />
            <p className={css.zone}>{t('lists.period.zone', { zone: formatZone() ?? '' })}</p>
          </div>
        </Popover.Dropdown>
      </Popover>
      <Button
        variant="default"
        px={8}
        disabled={value.to > today}
        aria-label={`${t('lists.period.label')}: ${t('common.more')}`}
        onClick={() => shift(1)}
      >
        <ChevronRight size={16} aria-hidden />
      </Button>
    </div>
  );
}
