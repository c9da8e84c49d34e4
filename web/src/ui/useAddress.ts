import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

type Value = string | number | boolean | null | undefined;

/** Filters, sorting and the selected id live in the address: a link shows what its sender saw. */
export function useAddress(): [Record<string, string>, (change: Record<string, Value>) => void] {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const set = useCallback(
    (change: Record<string, Value>) => {
      void navigate({
        to: '.',
        replace: true,
        search: ((old: Record<string, unknown>) => {
          const next = { ...old };
          for (const [name, value] of Object.entries(change)) {
            if (value === null || value === undefined || value === '' || value === false) delete next[name];
            else next[name] = value;
          }
          return next;
        }) as never,
      });
    },
    [navigate],
  );
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== null) texts[name] = String(value);
  }
  return [texts, set];
}
