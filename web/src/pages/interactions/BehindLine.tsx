import { Button } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { ArrowLeft, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { textOf } from '~/i18n';
import { clock, day, dayTime, isoDay } from '~/lib/format';
import { addDays } from '~/lib/period';
import { Chip } from '~/ui/Chip';
import { periodText } from '~/ui/PeriodPicker';
import { areDays, type Behind } from './filters';
import css from './Interactions.module.css';
import { useLabels } from './labels';

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
      <b>{[...names, placeText(behind)].join(' · ')}</b>
      <Button variant="subtle" leftSection={<X size={15} aria-hidden />} onClick={onClear}>
        {t('interactions.behind.clear')}
      </Button>
    </div>
  );
}
