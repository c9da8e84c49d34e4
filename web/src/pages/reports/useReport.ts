import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import { periodBefore } from '~/lib/period';
import type { Change } from '~/ui/Figures';
import { periodText } from '~/ui/PeriodPicker';
import { useAddress } from '~/ui/useAddress';
import type { ReportProps } from './catalogue';
import { changeOf, type Unit } from './compare';

const REFRESH_MS = 60_000;

/** A report of a period, and of the one before where the address asks to compare. */
export function useReport<Told>({ kind, period, today, path, ask }: ReportProps) {
  const { t } = useTranslation();
  const [address] = useAddress();
  const isCompared = address.compare === 'true';
  const before = periodBefore(period);
  const now = useQuery({
    queryKey: ['report', kind, ask],
    queryFn: ({ signal }) => get<Told>(path, ask, signal),
    refetchInterval: period.to > today ? REFRESH_MS : false,
    placeholderData: (last, query) => (query?.queryKey[1] === kind ? keepPreviousData(last) : undefined),
  });
  const askBefore = { ...ask, from: before.from, to: before.to };
  const earlier = useQuery({
    queryKey: ['report', kind, askBefore],
    queryFn: ({ signal }) => get<Told>(path, askBefore, signal),
    enabled: isCompared,
  });
  const words = {
    points: t('reports.compare.points'),
    against: t('reports.compare.against', { period: periodText(before) }),
  };
  /** What became of a number of the totals; null without a comparison. */
  const changed = (unit: Unit, of: (told: Told) => number | null, better: 'more' | 'less' | null) =>
    isCompared && now.data && earlier.data
      ? (changeOf(unit, of(now.data), of(earlier.data), better, words) as Change | null)
      : null;
  return { data: now.data, error: now.error, refetch: now.refetch, changed };
}
