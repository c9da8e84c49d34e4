import { ActionIcon, Button, Popover, SegmentedControl, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { AlarmClockOff, Bell, BellOff, BellRing, UserCheck } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { AlertRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { serverNow } from '~/lib/clock';
import { figureText } from '~/lib/figures';
import { clock } from '~/lib/format';
import { useNews } from '~/live/hooks';
import { announce } from '~/ui/announce';
import { Chip, type Tone } from '~/ui/Chip';
import { toast } from '~/ui/toast';
import css from './Alerts.module.css';
import { chime, isMuted, lastHeard, setHeard, setMuted } from './alertSound';

const POLL_MS = 15_000;
export const SEVERITY_TONE: Record<AlertRow['severity'], Tone> = {
  notice: 'info',
  warning: 'warn',
  critical: 'bad',
};
const MINUTES = [15, 60, 240] as const;

/** What of the board an alert is about. */
export function placeFilter(alert: AlertRow): Record<string, string | number | null> {
  const none = { queue: null, team: null, find: null, state: null };
  if (alert.queue_id) return { ...none, queue: alert.queue_id };
  if (alert.team_id) return { ...none, team: alert.team_id };
  return alert.agent_id ? { ...none, find: alert.place_name } : none;
}

const isSnoozed = (alert: AlertRow): boolean =>
  alert.snoozed_until !== null && Date.parse(alert.snoozed_until) > serverNow();

/** What fires now, above the board: taken over, put to sleep, or followed to its place. */
export default function Alerts({
  onPick,
}: {
  onPick: (filter: Record<string, string | number | null>) => void;
}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const news = useNews();
  const mayAct = useCan('direct.agents');
  const mayManage = useCan('manage.alerts');
  const [muted, setIsMuted] = useState(isMuted);
  const { data = [] } = useQuery({
    queryKey: ['alerts', 'standing'],
    queryFn: ({ signal }) => get<AlertRow[]>('/api/v1/alerts/standing', {}, signal),
    refetchInterval: POLL_MS,
    refetchIntervalInBackground: true,
    retry: false,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the server said that something is new
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ['alerts'] });
  }, [news, queries]);
  useEffect(() => {
    const heard = lastHeard();
    const fresh = data.filter((it) => it.id > heard && !it.acknowledged_at && !isSnoozed(it));
    if (!data.length) return;
    setHeard(Math.max(...data.map((it) => it.id)));
    const [first] = fresh;
    if (!first) return;
    announce(t('alerts.new_said', { rule: first.rule_name, place: first.place_name }));
    if (fresh.some((it) => it.has_sound)) chime();
  }, [data, t]);
  if (!data.length) return null;
  const grave = data.some((it) => it.severity === 'critical' && !isSnoozed(it));
  return (
    <section className={css.strip} data-grave={grave || undefined} aria-label={t('alerts.title')}>
      <header>
        <BellRing size={16} aria-hidden />
        <strong>{t('alerts.standing', { count: data.length })}</strong>
        <span className={css.push} />
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-pressed={muted}
          aria-label={t(muted ? 'alerts.unmute' : 'alerts.mute')}
          title={t(muted ? 'alerts.unmute' : 'alerts.mute')}
          onClick={() => {
            setMuted(!muted);
            setIsMuted(!muted);
          }}
        >
          {muted ? <BellOff size={16} aria-hidden /> : <Bell size={16} aria-hidden />}
        </ActionIcon>
        <Link to={'/alerts' as never}>{t('alerts.history')}</Link>
      </header>
      <ul>
        {data.map((alert) => (
          <Line key={alert.id} alert={alert} mayAct={mayAct || mayManage} onPick={onPick} />
        ))}
      </ul>
    </section>
  );
}

function Line({
  alert,
  mayAct,
  onPick,
}: {
  alert: AlertRow;
  mayAct: boolean;
  onPick: (filter: Record<string, string | number | null>) => void;
}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const run = useMutation({
    mutationFn: ({ act, body }: { act: string; body: object }) =>
      post(`/api/v1/alerts/${alert.id}/${act}`, body),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['alerts'] }),
    onError: (error) => toast(problemText(error), 'bad'),
  });
  const snoozed = isSnoozed(alert);
  const place = alert.scope === 'centre' ? t('alerts.centre') : alert.place_name;
  return (
    <li data-quiet={snoozed || undefined}>
      <Chip tone={snoozed ? 'mute' : SEVERITY_TONE[alert.severity]}>
        {t(`alerts.severity.${alert.severity}`)}
      </Chip>
      <span className={css.what}>
        <b>{alert.rule_name}</b>
        <button
          type="button"
          className={css.place}
          aria-label={t('alerts.show_place', { place })}
          onClick={() => onPick(placeFilter(alert))}
        >
          {place}
        </button>
        <span className="num">
          {t('alerts.said', {
            figure: t(`alerts.figure.${alert.figure}` as 'alerts.figure.waiting'),
            value: figureText(alert.worst, alert.unit),
            limit: figureText(alert.limit, alert.unit),
          })}
        </span>
        <span className="muted">
          {[
            t('alerts.since', { time: clock(Date.parse(alert.fired_at)) }),
            alert.acknowledged_at ? t('alerts.taken_by', { name: alert.owner_name }) : alert.owner_name,
            snoozed
              ? t('alerts.snoozed_until', {
                  time: clock(Date.parse(alert.snoozed_until ?? '')),
                  reason: alert.snooze_reason,
                })
              : '',
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </span>
      {mayAct ? (
        <span className={css.acts}>
          {alert.acknowledged_at ? null : (
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<UserCheck size={14} aria-hidden />}
              loading={run.isPending}
              onClick={() => {
                run.mutate({ act: 'acknowledge', body: {} });
                announce(t('alerts.take_said', { rule: alert.rule_name, place }));
              }}
            >
              {t('alerts.take')}
            </Button>
          )}
          {snoozed ? (
            <Button size="compact-sm" variant="subtle" onClick={() => run.mutate({ act: 'wake', body: {} })}>
              {t('alerts.wake')}
            </Button>
          ) : (
            <Snooze alert={alert} onSnooze={(body) => run.mutate({ act: 'snooze', body })} />
          )}
        </span>
      ) : null}
    </li>
  );
}

function Snooze({
  alert,
  onSnooze,
}: {
  alert: AlertRow;
  onSnooze: (body: { minutes: number; reason: string }) => void;
}) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const [minutes, setMinutes] = useState<string>('15');
  const [reason, setReason] = useState('');
  return (
    <Popover opened={opened} onChange={setOpened} trapFocus withinPortal position="bottom-end" shadow="md">
      <Popover.Target>
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<AlarmClockOff size={14} aria-hidden />}
          onClick={() => setOpened((was) => !was)}
        >
          {t('alerts.snooze')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('alerts.snooze_title', { rule: alert.rule_name })}>
        <form
          className={css.snooze}
          onSubmit={(event) => {
            event.preventDefault();
            if (!reason.trim()) return;
            onSnooze({ minutes: Number(minutes), reason });
            setOpened(false);
          }}
        >
          <SegmentedControl
            aria-label={t('alerts.snooze_for')}
            data={MINUTES.map((it) => ({
              value: String(it),
              label:
                it < 60
                  ? t('alerts.snooze_minutes', { minutes: it })
                  : t('alerts.snooze_hours', { hours: it / 60 }),
            }))}
            value={minutes}
            onChange={setMinutes}
          />
          <TextInput
            label={t('alerts.snooze_reason')}
            required
            maxLength={200}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            data-autofocus
          />
          <Button type="submit" disabled={!reason.trim()}>
            {t('alerts.snooze_do')}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
