import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { serverNow } from '~/lib/clock';
import { duration } from '~/lib/format';
import { keyLabel } from '~/lib/keys';
import { announce } from '~/ui/announce';
import css from './HoldReminder.module.css';
import { beep } from './ringer';
import { useKeys } from './useKeys';

/** A customer on hold is easily forgotten: said and sounded after the site's time, and as often again. */
export default function HoldReminder({ at, since }: { at: number; since: number }) {
  const { t } = useTranslation();
  const keys = useKeys();
  const [times, setTimes] = useState(0);
  const every = Math.max(1000, at - since);
  useEffect(() => {
    setTimes(Math.max(0, Math.floor((serverNow() - since) / every)));
    let timer = 0;
    const wait = () => {
      const next = every - ((serverNow() - since) % every);
      timer = window.setTimeout(() => {
        setTimes((old) => old + 1);
        wait();
      }, next);
    };
    wait();
    return () => clearTimeout(timer);
  }, [since, every]);
  const said = times
    ? t('link.hold.waits', { time: duration((times * every) / 1000), key: keyLabel(keys.hold) })
    : '';
  useEffect(() => {
    if (!said) return;
    announce(said);
    beep();
  }, [said]);
  return said ? (
    <p className={css.reminder} role="alert" data-testid="hold-reminder">
      {said}
    </p>
  ) : null;
}
