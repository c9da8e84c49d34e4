import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '~/api/client';
import type { MeasureRow } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import css from './Reports.module.css';

/** The version that the words here were written for; of a newer one the server's own formula is shown. */
const WORDS_OF_VERSION: Record<string, number> = { service_level: 2 };

const Context = createContext<{
  measure: (name: string) => MeasureRow | undefined;
  /** more: what counts here, beside what counts everywhere. */
  definition: (name: string, more?: ReactNode) => ReactNode;
  /** The imported source whose interactions stand behind the numbers; null: the own centre's. */
  source: string | null;
}>({ measure: () => undefined, definition: () => null, source: null });

/** Measures of one report: what each means, how it is counted, who else counts so. */
export function MeasuresProvider({
  report,
  source = null,
  children,
}: {
  report: string;
  source?: string | null;
  children: ReactNode;
}) {
  const { data } = useQuery({
    queryKey: ['measures'],
    queryFn: ({ signal }) => get<MeasureRow[]>('/api/v1/measures', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const measure = useCallback(
    (name: string) => data?.find((it) => it.name === name && it.report === report),
    [data, report],
  );
  const value = useMemo(
    () => ({
      measure,
      source,
      definition: (name: string, more?: ReactNode) => {
        const found = measure(name);
        return found ? <Definition measure={found} more={more} /> : null;
      },
    }),
    [measure, source],
  );
  return <Context value={value}>{children}</Context>;
}
export const useMeasures = () => useContext(Context);

function Definition({ measure, more }: { measure: MeasureRow; more: ReactNode }) {
  const { t } = useTranslation();
  const isKnown = measure.version === (WORDS_OF_VERSION[measure.name] ?? 1);
  const text = isKnown ? textOf(`reports.measure.${measure.name}.text`) : null;
  const formula = (isKnown ? textOf(`reports.measure.${measure.name}.formula`) : null) ?? measure.formula;
  const parameters = measure.parameters.map((it) => textOf(`reports.parameter.${it}`) ?? it);
  return (
    <div className={css.definition}>
      {text ? <p>{text}</p> : null}
      <dl>
        <dt>{t('reports.definition.formula')}</dt>
        <dd>{formula}</dd>
        {more}
        {parameters.length && !more ? (
          <>
            <dt>{t('reports.definition.parameters')}</dt>
            <dd>{parameters.join('; ')}</dd>
          </>
        ) : null}
        {measure.source && !more ? (
          <>
            <dt>{t('reports.definition.source')}</dt>
            <dd>{textOf(`reports.measure.${measure.name}.source`) ?? measure.source}</dd>
          </>
        ) : null}
        <dt>{t('reports.definition.name')}</dt>
        <dd>
          <code>{measure.name}</code> {t('reports.definition.version', { version: measure.version })}
        </dd>
      </dl>
    </div>
  );
}
