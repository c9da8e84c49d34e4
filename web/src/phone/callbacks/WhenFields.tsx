import { SimpleGrid, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ZoneSource } from '~/api/callbacks';
import { serverNow } from '~/lib/clock';
import { formatZone } from '~/lib/format';
import { clockIn, dayTimeIn, isSameClock, momentOf, type Wall, wallAt, zoneName } from '~/lib/zoned';
import { DayField } from '~/ui/DayField';
import { Banner } from '~/ui/Notice';
import { TimeField } from '~/ui/TimeField';

const EARLY = '09:00';
const LATE = '21:00';

/** A day and a time by the customer's clock, with the reader's own beside it. */
export function WhenFields({
  zone,
  source,
  value,
  onChange,
}: {
  zone: string;
  source: ZoneSource;
  value: Wall;
  onChange: (value: Wall) => void;
}) {
  const { t } = useTranslation();
  const moment = momentOf(value, zone);
  const own = formatZone();
  const time = moment === null ? '' : wallAt(moment, zone).time;
  return (
    <>
      <Text size="sm" c="dimmed" mt="sm" data-testid="zone">
        {t(`callbacks.zone.${source}`, { zone: zoneName(zone, moment ?? serverNow()) })}
      </Text>
      <SimpleGrid cols={2} mt={6}>
        <DayField
          label={t('callbacks.day')}
          value={value.day}
          min={wallAt(serverNow(), zone).day}
          onChange={(day) => onChange({ ...value, day })}
        />
        <TimeField
          label={t('callbacks.time')}
          value={value.time}
          onChange={(next) => onChange({ ...value, time: next })}
        />
      </SimpleGrid>
      <Text size="sm" mt={8} role="status" data-testid="when">
        {moment === null ? (
          t('callbacks.wrong_time')
        ) : own && isSameClock(moment, zone, own) ? (
          `${dayTimeIn(moment, zone)} · ${t('callbacks.same_clock')}`
        ) : (
          <>
            {t('callbacks.at_customer')} <b className="num">{dayTimeIn(moment, zone)}</b> ·{' '}
            {t('callbacks.at_you')} <b className="num">{dayTimeIn(moment)}</b>
          </>
        )}
      </Text>
      {moment !== null && (time < EARLY || time >= LATE) ? (
        <Banner tone="warn">{t('callbacks.night', { time: clockIn(moment, zone) })}</Banner>
      ) : null}
    </>
  );
}
