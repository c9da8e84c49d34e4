import { useTranslation } from 'react-i18next';
import type { FlowProblemRow } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { nodeOfPlace } from '../flow';
import css from './Editor.module.css';
import { fieldName } from './words';

export const problemSentence = ({ code, detail }: FlowProblemRow): string =>
  textOf(`admin.flows.problem.${code}`, { detail }) ?? code;

/** What must be mended, by node; each leads to the field that is meant. */
export function ProblemList({
  problems,
  keys,
  lineOf,
  onPick,
}: {
  problems: readonly FlowProblemRow[];
  keys: readonly string[];
  /** The line of the text, from 0; null where the flow is seen as a picture. */
  lineOf: ((problem: FlowProblemRow) => number | null) | null;
  onPick: (problem: FlowProblemRow) => void;
}) {
  const { t } = useTranslation();
  if (!problems.length) return null;
  return (
    <ul className={css.problems} aria-label={t('admin.flows.problems')}>
      {problems.map((problem) => {
        const key = nodeOfPlace(problem.place, keys);
        const line = lineOf?.(problem);
        const field = key ? problem.place.slice(`nodes.${key}.`.length) : '';
        return (
          <li key={`${problem.place} ${problem.code} ${problem.detail}`}>
            <button type="button" onClick={() => onPick(problem)}>
              {typeof line === 'number' ? <b>{t('admin.flows.line', { line: line + 1 })}</b> : null}
              <code>{key ?? problem.place}</code>
              <span>
                {field ? `${fieldName('', field.replace(/\.\d+/g, '.*'))}: ` : ''}
                {problemSentence(problem)}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
