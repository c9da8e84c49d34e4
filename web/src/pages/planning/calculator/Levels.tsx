import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import type { ErlangAnswer, ErlangFigures } from '~/api/gen/types.gen';
import { share } from '~/lib/format';
import css from './Calculator.module.css';

type Reads = keyof ErlangFigures;

/* Each definition reads one figure; three of them speak of those who gave up within the threshold, whatever a
   short abandon is. */
const DEFINITIONS: readonly {
  key: 'F1' | 'F2' | 'F3' | 'F4' | 'F5' | 'F6';
  reads: Reads;
  within: boolean;
}[] = [
  { key: 'F3', reads: 'service_level', within: false },
  { key: 'F6', reads: 'service_level_without_short_abandons', within: false },
  { key: 'F4', reads: 'service_level_without_short_abandons', within: true },
  { key: 'F5', reads: 'service_level_counting_short_abandons', within: false },
  { key: 'F1', reads: 'service_level_counting_short_abandons', within: true },
  { key: 'F2', reads: 'service_level_of_answered', within: false },
];

/** One queue, six service levels: why another system shows another number. */
export function Levels({
  answer,
  question,
}: {
  answer: ErlangAnswer;
  question: Record<string, string | number>;
}) {
  const { t } = useTranslation();
  const { short_abandon: _, target: __, max_occupancy: ___, max_abandonment: ____, ...rest } = question;
  const asked = { ...rest, agents: answer.agents };
  const within = useQuery({
    queryKey: ['erlang', asked],
    queryFn: ({ signal }) => get<ErlangAnswer>('/api/v1/planning/erlang', asked, signal),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <section className={`panel ${css.levels}`} aria-label={t('planning.levels.title')}>
      <h2>{t('planning.levels.title')}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('planning.levels.formula')}</th>
            <th scope="col">{t('planning.levels.meaning')}</th>
            <th scope="col" data-numeric>
              {t('planning.levels.value')}
            </th>
          </tr>
        </thead>
        <tbody>
          {DEFINITIONS.map(({ key, reads, within: isWithin }) => {
            const figures = isWithin ? within.data?.figures : answer.figures;
            return (
              <tr key={key}>
                <th scope="row">
                  {t(`planning.levels.${key}.formula`)}
                  <small>{t(`planning.levels.${key}.used_by`)}</small>
                </th>
                <td>{t(`planning.levels.${key}.meaning`)}</td>
                <td data-numeric className="num">
                  {share(figures?.[reads] ?? null, 1)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
