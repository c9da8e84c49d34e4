import { Button, Drawer, NumberInput, Switch, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText, put } from '~/api/client';
import type { BreakPolicyRow, BreakRow } from '~/api/gen';
import { named, useCan, useDeskWords } from '~/api/session';
import { textOf } from '~/i18n';
import { clock, count, share } from '~/lib/format';
import { live } from '~/live/store';
import { Chip } from '~/ui/Chip';
import { Elapsed, Overrun } from '~/ui/Elapsed';
import { ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import { useBreaks } from './BreaksButton';
import css from './Live.module.css';

/** Breaks that agents ask for: approve or decline with a word; what was approved, what runs; and the rule. */
export default function BreaksDrawer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useBreaks(true);
  const of = (...statuses: BreakRow['status'][]) => data?.filter((it) => statuses.includes(it.status)) ?? [];
  const running = of('begun').filter((it) => {
    const agent = live.agents.get(it.agent_id);
    return !it.is_over && agent?.state === 'not_ready' && agent.reason_id === it.reason_id;
  });
  const parts = [
    ['asked', of('asked')],
    ['approved', of('approved')],
    ['running', running],
    ['closed', of('declined', 'withdrawn', 'lapsed')],
  ] as const;
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={460}
      title={t('team.break.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      overlayProps={{ backgroundOpacity: 0.2 }}
    >
      {error && !data ? <ErrorState text={problemText(error)} onRetry={() => void refetch()} /> : null}
      {data ? null : <Loading rows={4} />}
      {parts.map(([name, rows]) =>
        rows.length || (name === 'asked' && data) ? (
          <section key={name} aria-label={t(`team.break.part.${name}`)}>
            <h3 className={css.sentTitle}>{t(`team.break.part.${name}`)}</h3>
            {rows.length ? null : <p className="muted">{t('team.break.nobody_asks')}</p>}
            <ul className={css.requests}>
              {rows.map((it) => (
                <One key={it.id} request={it} />
              ))}
            </ul>
          </section>
        ) : null,
      )}
      <Policy />
    </Drawer>
  );
}

function One({ request }: { request: BreakRow }) {
  const { t } = useTranslation();
  const words = useDeskWords();
  const queries = useQueryClient();
  const [word, setWord] = useState('');
  const decide = useMutation({
    mutationFn: (verdict: 'approve' | 'decline') =>
      post(`/api/v1/breaks/${request.id}/${verdict}`, { word: word.trim() }),
    onError: (problem) => toast(problemText(problem), 'bad'),
    onSettled: () => queries.invalidateQueries({ queryKey: ['breaks'] }),
  });
  const reason = words.reason(request.reason_id);
  const agent = live.agents.get(request.agent_id);
  const { worst } = request;
  const isOpen = request.status === 'asked' || request.status === 'approved';
  return (
    <li className={css.request} data-over={isOpen || request.status === 'begun' ? undefined : true}>
      <span>
        <b>{request.agent_name}</b>{' '}
        {t('team.break.line', {
          reason: reason ? named(reason) : '',
          count: request.minutes,
          time: clock(request.starts_at),
        })}{' '}
        {request.status === 'begun' && agent ? (
          <>
            <Elapsed since={agent.since_ms} bad={request.minutes * 60} />{' '}
            <Overrun since={agent.since_ms} limit={request.minutes * 60} label={t('team.break.over_short')} />
          </>
        ) : null}
        {isOpen || request.status === 'begun' ? null : (
          <Chip tone="mute">{textOf(`team.break.status.${request.status}`) ?? ''}</Chip>
        )}
      </span>
      <span className="muted">
        {[
          request.note ? `«${request.note}»` : '',
          t(`team.rule.${request.rule}`),
          worst
            ? worst.required === null
              ? t('team.break.left', { time: clock(worst.starts_at), left: count(worst.left) })
              : t('team.break.left_of', {
                  time: clock(worst.starts_at),
                  left: count(worst.left),
                  required: count(worst.required),
                })
            : '',
          t('team.break.used_today', {
            minutes: count(request.used_minutes),
            times: count(request.used_times),
          }),
          request.by_name ? `${request.by_name}${request.word ? `: «${request.word}»` : ''}` : '',
        ]
          .filter(Boolean)
          .join(' · ')}
      </span>
      {isOpen ? (
        <form className={css.decide} onSubmit={(e) => e.preventDefault()}>
          <TextInput
            size="xs"
            aria-label={t('team.break.word')}
            placeholder={t('team.break.word')}
            value={word}
            maxLength={200}
            onChange={(e) => setWord(e.currentTarget.value)}
          />
          {request.status === 'asked' ? (
            <Button size="xs" loading={decide.isPending} onClick={() => decide.mutate('approve')}>
              {t('team.break.approve')}
            </Button>
          ) : null}
          <Button
            size="xs"
            variant="default"
            loading={decide.isPending}
            onClick={() => decide.mutate('decline')}
          >
            {t(request.status === 'asked' ? 'team.break.decline' : 'team.break.take_back')}
          </Button>
        </form>
      ) : null}
    </li>
  );
}

function Policy() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const words = useDeskWords();
  const mayChange = useCan('manage.reasons');
  const { data } = useQuery({
    queryKey: ['breaks', 'policy'],
    queryFn: ({ signal }) => get<BreakPolicyRow>('/api/v1/breaks/policy', {}, signal),
  });
  const [draft, setDraft] = useState<BreakPolicyRow | null>(null);
  useEffect(() => {
    if (data) setDraft(data);
  }, [data]);
  const save = useMutation({
    mutationFn: (body: BreakPolicyRow) => put<BreakPolicyRow>('/api/v1/breaks/policy', body),
    onSuccess: () => {
      toast(t('common.saved'));
      void queries.invalidateQueries({ queryKey: ['breaks'] });
    },
    onError: (problem) => toast(problemText(problem), 'bad'),
  });
  if (!draft) return null;
  const allowance = (id: number) => draft.allowances.find((it) => it.reason_id === id);
  const allow = (id: number, change: { minutes?: number | null; times?: number | null }) => {
    const one = { reason_id: id, minutes: null, times: null, ...allowance(id), ...change };
    const others = draft.allowances.filter((it) => it.reason_id !== id);
    setDraft({
      ...draft,
      allowances: one.minutes === null && one.times === null ? others : [...others, one],
    });
  };
  const number = (value: number | string) => (value === '' ? null : Number(value));
  return (
    <form
      className={css.policy}
      aria-label={t('team.policy.title')}
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate(draft);
      }}
    >
      <h3 className={css.sentTitle}>{t('team.policy.title')}</h3>
      <p className="muted">
        {t(draft.is_automatic ? 'team.policy.about' : 'team.policy.about_off', {
          reserve: count(draft.reserve),
          share: share(draft.most_away),
        })}
      </p>
      {mayChange ? (
        <>
          <Switch
            label={t('team.policy.automatic')}
            checked={draft.is_automatic}
            onChange={(e) => setDraft({ ...draft, is_automatic: e.currentTarget.checked })}
          />
          <NumberInput
            label={t('team.policy.reserve')}
            value={draft.reserve}
            min={0}
            max={1000}
            allowDecimal={false}
            onChange={(value) => setDraft({ ...draft, reserve: Number(value) || 0 })}
          />
          <NumberInput
            label={t('team.policy.most_away')}
            value={Math.round(draft.most_away * 100)}
            min={1}
            max={100}
            suffix=" %"
            allowDecimal={false}
            onChange={(value) => setDraft({ ...draft, most_away: (Number(value) || 1) / 100 })}
          />
          <table className={css.allowances}>
            <thead>
              <tr>
                <th scope="col">{t('team.break.reason')}</th>
                <th scope="col">{t('team.policy.minutes')}</th>
                <th scope="col">{t('team.policy.times')}</th>
              </tr>
            </thead>
            <tbody>
              {words.settings.reasons.map((it) => (
                <tr key={it.id}>
                  <th scope="row">{named(it)}</th>
                  <td>
                    <NumberInput
                      size="xs"
                      aria-label={`${named(it)}: ${t('team.policy.minutes')}`}
                      placeholder="—"
                      value={allowance(it.id)?.minutes ?? ''}
                      min={1}
                      max={1440}
                      allowDecimal={false}
                      onChange={(value) => allow(it.id, { minutes: number(value) })}
                    />
                  </td>
                  <td>
                    <NumberInput
                      size="xs"
                      aria-label={`${named(it)}: ${t('team.policy.times')}`}
                      placeholder="—"
                      value={allowance(it.id)?.times ?? ''}
                      min={1}
                      max={100}
                      allowDecimal={false}
                      onChange={(value) => allow(it.id, { times: number(value) })}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <Button type="submit" size="xs" loading={save.isPending}>
            {t('common.save')}
          </Button>
        </>
      ) : null}
    </form>
  );
}
