import { Problem } from '~/api/client';
import { textOf } from '~/i18n';
import css from './WhatIf.module.css';

/** Every field of a refused scenario with its reason. */
export function Problems({ error }: { error: unknown }) {
  if (!(error instanceof Problem) || error.code !== 'scenario_refused') return null;
  return (
    <ul className={css.problems} role="alert">
      {error.problems.map((one) => (
        <li key={`${one.place} ${one.code}`}>
          <code>{one.place}</code> {textOf(`whatif.problem.${one.code}`, one.facts ?? {}) ?? one.code}
        </li>
      ))}
    </ul>
  );
}
