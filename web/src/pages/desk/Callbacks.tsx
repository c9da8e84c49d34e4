import { ActionIcon, Tooltip } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { CalendarClock, CalendarX, Phone, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CALLBACKS, type CallbackRow, type CallbackUnmade, moveOwn, takeBackOwn } from '~/api/callbacks';
import { problemText } from '~/api/client';
import { useMe } from '~/api/session';
import { textOf } from '~/i18n';
import { serverNow } from '~/lib/clock';
import { duration, formatZone, when } from '~/lib/format';
import { prettyNumber } from '~/lib/number';
import { clockIn, dayTimeIn, isSameClock } from '~/lib/zoned';
import MoveDialog from '~/phone/callbacks/MoveDialog';
import {
  lateSeconds,
  OVERDUE_SECONDS,
  useDueCount,
  useOwnCallbacks,
  useUnmade,
} from '~/phone/callbacks/useCallbacks';
import { announce } from '~/ui/announce';
import { Chip } from '~/ui/Chip';
import { useConfirm } from '~/ui/Confirm';
import { EmptyState, ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Desk.module.css';

/** Calls that were arranged, due ones first: made now, moved, taken back. */
export default function Callbacks() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const ask = useConfirm();
  const [moving, setMoving] = useState<CallbackRow | null>(null);
  const { data, error, refetch } = useOwnCallbacks();
  const unmade = useUnmade().data ?? [];
  useDueCount(data);
  if (error && !data) return <ErrorState text={problemText(error)} onRetry={() => void refetch()} />;
  if (!data) return <Loading rows={5} height={36} />;
  if (!data.length && !unmade.length) {
    return <EmptyState icon={CalendarClock} title={t('callbacks.empty')} text={t('callbacks.empty_text')} />;
  }
  const again = () => queries.invalidateQueries({ queryKey: [CALLBACKS] });
  const run = async (act: Promise<unknown>, said: string) => {
    try {
      await act;
      announce(said);
      toast(said);
    } catch (refused) {
      toast(problemText(refused), 'bad');
    }
    await again();
  };
  const nameOf = (row: CallbackRow) =>
    row.customer_name || prettyNumber(row.number) || t('common.number_hidden');
  const takeBack = async (row: CallbackRow) => {
    const sure = await ask({
      title: t('callbacks.take_back_title'),
      text: t('callbacks.take_back_text', { name: nameOf(row), time: dayTimeIn(row.due_at) }),
      confirm: t('callbacks.take_back_sure'),
      danger: true,
    });
    if (sure) await run(takeBackOwn(row.interaction_id), t('callbacks.taken_back'));
  };
  return (
    <div className={css.both}>
      <ul className={css.list}>
        {[...data]
          .sort((a, b) => Date.parse(a.next_at) - Date.parse(b.next_at))
          .map((row) => (
            <Line
              key={row.interaction_id}
              row={row}
              name={nameOf(row)}
              onNow={() =>
                void run(
                  moveOwn(row.interaction_id, new Date(serverNow()).toISOString(), true),
                  t('callbacks.now_said'),
                )
              }
              onMove={() => setMoving(row)}
              onTakeBack={() => void takeBack(row)}
            />
          ))}
      </ul>
      {unmade.length ? <Unmade rows={unmade} /> : null}
      {moving ? (
        <MoveDialog
          row={moving}
          onSave={async (due) => {
            await moveOwn(moving.interaction_id, due);
            await again();
          }}
          onClose={() => setMoving(null)}
        />
      ) : null}
    </div>
  );
}

/** What the agent arranged and nobody made: why. */
function Unmade({ rows }: { rows: CallbackUnmade[] }) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="unmade">
      <h3 className={css.unmade} id="unmade">
        {t('callbacks.unmade')}
      </h3>
      <ul className={css.list}>
        {rows.map((row) => (
          <li key={row.interaction_id} className={css.arranged} data-testid="unmade">
            <span className={css.icon} data-kind="missed">
              <CalendarX size={15} aria-hidden />
            </span>
            <span className={css.name}>
              {row.customer_name || prettyNumber(row.number) || t('common.number_hidden')}
            </span>
            <time className={`num ${css.time}`} dateTime={row.ended_at} title={dayTimeIn(row.ended_at)}>
              {when(row.ended_at)}
            </time>
            <span className={css.sub} title={row.note}>
              {[row.queue_name, row.note].filter(Boolean).join(' · ')}
            </span>
            <div className={css.arrangedFoot}>
              <Chip tone="bad">
                {textOf(`callbacks.why.${row.reason}`) ??
                  textOf(`common.end_reason.${row.reason}`) ??
                  row.reason}
              </Chip>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Line({
  row,
  name,
  onNow,
  onMove,
  onTakeBack,
}: {
  row: CallbackRow;
  name: string;
  onNow: () => void;
  onMove: () => void;
  onTakeBack: () => void;
}) {
  const { t } = useTranslation();
  const me = useMe();
  const late = lateSeconds(row);
  const due = Date.parse(row.due_at);
  const own = formatZone();
  const isOther = own && !isSameClock(due, own, row.zone);
  const owner =
    row.owner_id === me.person_id
      ? t('callbacks.mine')
      : row.owner_id
        ? row.owner_name
        : t('callbacks.of_queue');
  const facts = [
    owner,
    row.queue_name,
    isOther ? t('callbacks.his_time', { time: clockIn(due, row.zone) }) : '',
    row.attempts ? t('callbacks.tries', { total: row.attempts }) : '',
  ].filter(Boolean);
  return (
    <li className={css.arranged} data-testid="callback">
      <span className={css.icon} data-kind={late >= 0 ? 'missed' : 'outbound'}>
        <CalendarClock size={15} aria-hidden />
      </span>
      <span className={css.name}>{name}</span>
      <time className={`num ${css.time}`} dateTime={row.next_at} title={dayTimeIn(row.due_at)}>
        {when(row.next_at)}
      </time>
      <span className={css.sub} title={facts.join(' · ')}>
        {facts.join(' · ')}
      </span>
      {row.note ? (
        <span className={css.sub} title={row.note}>
          {row.note}
        </span>
      ) : null}
      <div className={css.arrangedFoot}>
        {row.is_free ? (
          late >= OVERDUE_SECONDS ? (
            <Chip tone="bad">{t('callbacks.overdue', { time: duration(late) })}</Chip>
          ) : late >= 0 ? (
            <Chip tone="warn">{t('callbacks.due')}</Chip>
          ) : null
        ) : (
          <Chip tone="ok">{t('callbacks.taken', { name: row.taken_by_name })}</Chip>
        )}
        {row.is_free ? (
          <span className={css.rowActions}>
            <Act label={t('callbacks.now')} name={name} onClick={onNow} icon={<Phone size={15} />} />
            <Act
              label={t('callbacks.move')}
              name={name}
              onClick={onMove}
              icon={<CalendarClock size={15} />}
            />
            <Act
              label={t('callbacks.take_back')}
              name={name}
              onClick={onTakeBack}
              icon={<Trash2 size={15} />}
            />
          </span>
        ) : null}
      </div>
    </li>
  );
}

function Act({
  label,
  name,
  icon,
  onClick,
}: {
  label: string;
  name: string;
  icon: React.ReactNode;
  onClick: () => void;
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size={28} aria-label={`${label}: ${name}`} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
