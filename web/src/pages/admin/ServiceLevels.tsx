import { Button, Checkbox, Modal, NumberInput, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CalendarPlus, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, fieldErrors, get, Problem, post, problemText } from '~/api/client';
import type { LevelRow, LevelSave, ServiceLevels as Levels } from '~/api/gen/types.gen';
import { dayText as dayOf } from '~/lib/dayText';
import { duration, full, share } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import { useConfirm } from '~/ui/Confirm';
import { DayField } from '~/ui/DayField';
import { ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Admin.module.css';
import own from './ServiceLevels.module.css';

const KEY = ['service-levels'];
const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
type Formula = NonNullable<LevelSave['formula']>;
interface Rules {
  formula: string;
  threshold_seconds: number;
  target: number;
  short_abandon_seconds: number;
}

/** How the service level of a queue is counted and since when; what is set here counts at once, without the form. */
export default function ServiceLevels({ queueId }: { queueId: number }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const ask = useConfirm();
  const [isOpen, setOpen] = useState(false);
  const levels = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => get<Levels>('/api/v1/service-levels', {}, signal),
  });
  const renew = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: KEY }),
      queries.invalidateQueries({ queryKey: ['reports'] }),
    ]);
  const withdraw = useMutation({
    mutationFn: (row: LevelRow) =>
      del(`/api/v1/service-levels/${row.id}`, { query: { past_is_meant: true } }),
    onSuccess: async () => {
      await renew();
      toast(t('common.saved'));
    },
    onError: (error) => toast(problemText(error), 'bad'),
  });
  if (levels.error)
    return <ErrorState text={problemText(levels.error)} onRetry={() => void levels.refetch()} />;
  if (!levels.data) return <Loading rows={2} />;
  const { today, definitions, queues } = levels.data;
  const now = queues.find((it) => it.queue_id === queueId);
  const shown = definitions.filter((it) => it.queue_id === queueId || it.queue_id === null);
  const inForce = definitions.find((it) => it.id === now?.definition_id);
  const rulesText = (it: Rules) =>
    t('admin.levels.rules', {
      formula: it.formula,
      share: share(it.target, it.target * 100 === Math.round(it.target * 100) ? 0 : 1),
      time: duration(it.threshold_seconds),
      short: duration(it.short_abandon_seconds),
    });
  const stateOf = (it: LevelRow) =>
    it.withdrawn_at ? 'withdrawn' : it.id === inForce?.id ? 'now' : it.since > today ? 'later' : 'before';
  return (
    <div className={own.levels}>
      {now ? (
        <p className={own.now}>
          <b>{rulesText(now)}</b>{' '}
          {inForce
            ? t(inForce.queue_id === null ? 'admin.levels.of_site_since' : 'admin.levels.since', {
                day: dayOf(inForce.since),
              })
            : t('admin.levels.own')}
        </p>
      ) : null}
      {inForce ? <p className={css.hint}>{t('admin.levels.own_rest')}</p> : null}
      {shown.length ? (
        <table className={own.table}>
          <caption className="visually-hidden">{t('admin.levels.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('admin.levels.from')}</th>
              <th scope="col">{t('admin.levels.counted')}</th>
              <th scope="col">{t('admin.levels.set_by')}</th>
              <th scope="col">
                <span className="visually-hidden">{t('admin.levels.withdraw')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((it) => {
              const state = stateOf(it);
              return (
                <tr key={it.id} data-state={state}>
                  <th scope="row">
                    <span className={own.day}>
                      {dayOf(it.since)}
                      <Chip tone={state === 'now' ? 'ok' : state === 'later' ? 'info' : 'mute'}>
                        {t(`admin.levels.state.${state}`)}
                      </Chip>
                    </span>
                  </th>
                  <td>
                    {rulesText(it)}
                    {it.queue_id === null ? <small>{t('admin.levels.for_site')}</small> : null}
                  </td>
                  <td>
                    {it.by || '—'}
                    <small>{full(it.at)}</small>
                    {it.is_of_past ? (
                      <small className={own.past}>{t('admin.levels.changed_past')}</small>
                    ) : null}
                    {it.withdrawn_at ? (
                      <small>
                        {t('admin.levels.withdrawn_by', { by: it.withdrawn_by, at: full(it.withdrawn_at) })}
                      </small>
                    ) : null}
                  </td>
                  <td>
                    {it.withdrawn_at ? null : (
                      <Button
                        size="compact-xs"
                        variant="subtle"
                        leftSection={<Undo2 size={13} aria-hidden />}
                        aria-label={t('admin.levels.withdraw_from', { day: dayOf(it.since) })}
                        loading={withdraw.isPending && withdraw.variables?.id === it.id}
                        onClick={() =>
                          void ask({
                            title: t('admin.levels.withdraw_from', { day: dayOf(it.since) }),
                            text: t(
                              it.since < today ? 'admin.levels.withdraw_past' : 'admin.levels.withdraw_text',
                            ),
                            confirm: t('admin.levels.withdraw'),
                            danger: it.since < today,
                          }).then((yes) => yes && withdraw.mutate(it))
                        }
                      >
                        {t('admin.levels.withdraw')}
                      </Button>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      ) : null}
      <div>
        <Button
          variant="default"
          leftSection={<CalendarPlus size={15} aria-hidden />}
          onClick={() => setOpen(true)}
        >
          {t('admin.levels.new')}
        </Button>
      </div>
      {isOpen && now ? (
        <NewLevel
          levels={levels.data}
          queueId={queueId}
          from={now}
          onClose={() => setOpen(false)}
          onSaved={async () => {
            await renew();
            setOpen(false);
            toast(t('common.saved'));
          }}
        />
      ) : null}
    </div>
  );
}

function NewLevel({
  levels,
  queueId,
  from,
  onClose,
  onSaved,
}: {
  levels: Levels;
  queueId: number;
  from: Rules;
  onClose: () => void;
  onSaved: () => Promise<void>;
}) {
  const { t } = useTranslation();
  const [where, setWhere] = useState<'queue' | 'site'>('queue');
  const [since, setSince] = useState(levels.today);
  const [formula, setFormula] = useState<Formula>(from.formula as Formula);
  const [threshold, setThreshold] = useState<number | string>(from.threshold_seconds);
  const [target, setTarget] = useState<number | string>(Math.round(from.target * 1000) / 10);
  const [short, setShort] = useState<number | string>(from.short_abandon_seconds);
  const [pastIsMeant, setPast] = useState(false);
  const isPast = since !== '' && since < levels.today;
  const save = useMutation({
    mutationFn: () =>
      post<LevelRow>('/api/v1/service-levels', {
        queue_id: where === 'site' ? null : queueId,
        since,
        formula,
        threshold_seconds: Number(threshold),
        target: Number(target) / 100,
        short_abandon_seconds: Number(short),
        past_is_meant: isPast && pastIsMeant,
      } satisfies LevelSave),
    onSuccess: onSaved,
  });
  const errors = save.error instanceof Problem ? fieldErrors(save.error) : {};
  const isComplete = since && threshold !== '' && target !== '' && short !== '' && (!isPast || pastIsMeant);
  const chosen = levels.formulas.find((it) => it.key === formula);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('admin.levels.new')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {/* The drawer's own form lies around this one in React, though not in the page. */}
      <form
        className={css.rows}
        noValidate
        onKeyDown={(e) => e.key !== 'Escape' && e.stopPropagation()}
        onSubmit={(e) => {
          e.preventDefault();
          e.stopPropagation();
          if (isComplete) save.mutate();
        }}
      >
        <p className={css.hint}>{t('admin.levels.help', { zone: levels.zone })}</p>
        <div className={css.pair}>
          <Select
            label={t('admin.levels.where')}
            data={(['queue', 'site'] as const).map((value) => ({
              value,
              label: t(`admin.levels.for_${value}`),
            }))}
            value={where}
            allowDeselect={false}
            onChange={(value) => setWhere(value === 'site' ? 'site' : 'queue')}
          />
          <DayField
            label={t('admin.levels.from')}
            value={since}
            onChange={setSince}
            error={since ? errors.since : t('common.required')}
            required
            data-path="since"
          />
        </div>
        <Select
          label={t('admin.levels.formula')}
          description={
            chosen ? t('admin.levels.same_as', { who: t(`admin.levels.sources.${chosen.key}`) }) : null
          }
          inputWrapperOrder={ORDER}
          data={levels.formulas.map((it) => ({
            value: it.key,
            label: `${it.key}. ${t(`admin.levels.formulas.${it.key}`)}`,
          }))}
          value={formula}
          allowDeselect={false}
          error={errors.formula}
          onChange={(value) => setFormula((value ?? 'F6') as Formula)}
        />
        <div className={css.pair}>
          <NumberInput
            label={t('admin.queues.field.service_target')}
            suffix=" %"
            min={1}
            max={100}
            value={target}
            error={errors.target}
            onChange={setTarget}
          />
          <NumberInput
            label={t('admin.queues.field.service_threshold_seconds')}
            suffix={` ${t('admin.unit.seconds')}`}
            min={1}
            max={3600}
            value={threshold}
            error={errors.threshold_seconds}
            onChange={setThreshold}
          />
          <NumberInput
            label={t('admin.queues.field.short_abandon_seconds')}
            suffix={` ${t('admin.unit.seconds')}`}
            min={0}
            max={300}
            value={short}
            error={errors.short_abandon_seconds}
            onChange={setShort}
          />
        </div>
        {isPast ? (
          <div className={own.warning} role="alert">
            <p>{t('admin.levels.past_warning', { day: dayOf(since) })}</p>
            <Checkbox
              label={t('admin.levels.past_meant')}
              checked={pastIsMeant}
              onChange={(e) => setPast(e.currentTarget.checked)}
            />
          </div>
        ) : null}
        {save.error && !Object.keys(errors).length ? (
          <p className={css.error} role="alert">
            {problemText(save.error)}
          </p>
        ) : null}
        <div className={css.actions} style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={!isComplete}>
            {t('admin.levels.save')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
