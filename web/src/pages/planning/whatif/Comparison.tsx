import { useTranslation } from 'react-i18next';
import { shown } from './chart';
import { BETTER, MEASURES, type Result, SHARES } from './result';
import css from './WhatIf.module.css';

const ROWS = [...MEASURES, 'agents_at_work'] as const;

/** Scenario against scenario: each value, and the difference from the first with its 95 % confidence. */
export function Comparison({ result }: { result: Result }) {
  const { t } = useTranslation();
  const points = (measure: string, value: number) =>
    SHARES.has(measure)
      ? `${shown('number', 100 * value)} ${t('whatif.result.points')}`
      : shown(measure === 'offered' ? measure : 'number', value);
  return (
    <table className={css.table}>
      <caption className="visually-hidden">{t('whatif.result.table')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('whatif.result.measure')}</th>
          {result.scenarios.map((one, place) => (
            <th scope="col" key={place}>
              {one.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {ROWS.map((measure) => (
          <tr key={measure}>
            <th scope="row">{t(`whatif.measure.${measure}`)}</th>
            {result.scenarios.map((one, place) => {
              const other = place ? result.comparisons[place - 1]?.measures[measure] : undefined;
              const spread = measure === 'agents_at_work' ? null : one.totals.percentiles?.[measure];
              const better = BETTER[measure];
              const difference = other?.difference ?? null;
              const isGood =
                difference === null || !other?.is_certain || !better
                  ? undefined
                  : better === 'more'
                    ? difference > 0
                    : difference < 0;
              return (
                <td key={place} className="num">
                  <b>{shown(measure, one.totals[measure])}</b>
                  {spread ? (
                    <small>
                      {t('whatif.result.from_to', {
                        from: shown(measure, spread.p10),
                        to: shown(measure, spread.p90),
                      })}
                    </small>
                  ) : null}
                  {difference ? (
                    <small data-good={isGood}>
                      {difference > 0 ? '+' : '−'}
                      {points(measure, Math.abs(difference))}
                      {typeof other?.half_width_95 === 'number'
                        ? ` ± ${points(measure, other.half_width_95)}`
                        : ''}
                      {other?.is_certain === false ? ` · ${t('whatif.result.uncertain')}` : ''}
                    </small>
                  ) : null}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
