import { useEffect, useState } from 'react';
import { serverNow } from '~/lib/clock';
import { isoDay } from '~/lib/format';

const CHECK_MS = 30_000;

/** The local day of the site; changes at its midnight, so an open page does not stay in yesterday. */
export function useToday(): string {
  const [today, setToday] = useState(() => isoDay(serverNow()));
  useEffect(() => {
    const timer = setInterval(() => setToday(isoDay(serverNow())), CHECK_MS);
    return () => clearInterval(timer);
  }, []);
  return today;
}
