import { ActionIcon, Button, Modal, Select, TextInput, Tooltip } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { FileUp, Pencil, Plus, Trash2 } from 'lucide-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, get, post, problemText, put } from '~/api/client';
import type { ShiftRowOut } from '~/api/gen';
import { useAgents } from '~/api/names';
import { useCan } from '~/api/session';
import { serverNow } from '~/lib/clock';
import { count, day as dayText, isoDay } from '~/lib/format';
import { useHeard } from '~/live/hooks';
import { type Column, DataGrid } from '~/ui/DataGrid';
import { DayField } from '~/ui/DayField';
import { EmptyState } from '~/ui/Notice';
import { TimeField } from '~/ui/TimeField';
import { toast } from '~/ui/toast';
import { useAddress } from '~/ui/useAddress';
import css from '../Colleagues.module.css';

const TableImport = lazy(() => import('../TableImport'));
const HERE = '/api/v1/expected-shifts';
const DAYS = { one: 1, week: 7 } as const;

/** Who is expected at work, from when to when: by hand, by a table, day by day. */
export default function Shifts() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const plans = useCan('plan.work');
  const [address, setAddress] = useAddress();
  const first = address.day || isoDay(serverNow());
  const span = address.span === 'week' ? 'week' : 'one';
  const last = isoDay(Date.parse(`${first}T12:00:00Z`) + DAYS[span] * 86_400_000);
  const [edited, setEdited] = useState<ShiftRowOut | 'new' | null>(null);
  const [importing, setImporting] = useState(false);
  const again = () => void queries.invalidateQueries({ queryKey: ['shifts'] });
  useHeard('shifts', again);
  const { data, error, refetch } = useQuery({
    queryKey: ['shifts', first, last],
    queryFn: ({ signal }) => get<ShiftRowOut[]>(HERE, { from: first, to: last }, signal),
  });
  const remove = useMutation({
    mutationFn: (id: number) => del(`${HERE}/${id}`),
    onError: (problem) => toast(problemText(problem), 'bad'),
    onSettled: again,
  });
  const { mutate } = remove;
  const columns = useMemo<Column<ShiftRowOut>[]>(
    () => [
      {
        key: 'day',
        title: t('team.shifts.day'),
        width: '140px',
        sort: (it) => it.starts_at,
        cell: (it) => dayText(`${it.day}T12:00:00Z`),
      },
      {
        key: 'agent',
        title: t('team.shifts.agent'),
        width: 'minmax(160px, 2fr)',
        sort: (it) => it.agent_name,
        cell: (it) => it.agent_name,
      },
      {
        key: 'hours',
        title: t('team.shifts.hours'),
        width: '140px',
        sort: (it) => it.starts_at,
        cell: (it) => (
          <span className="num">
            {it.start}–{it.end}
          </span>
        ),
      },
      {
        key: 'note',
        title: t('team.shifts.note'),
        width: 'minmax(120px, 2fr)',
        cell: (it) => it.note,
      },
      ...(plans
        ? [
            {
              key: 'acts',
              title: '',
              width: '90px',
              cell: (it: ShiftRowOut) => (
                <span className={css.pair}>
                  <Tooltip label={t('colleagues.edit')}>
                    <ActionIcon
                      variant="subtle"
                      aria-label={`${t('colleagues.edit')}: ${it.agent_name}, ${it.day}`}
                      onClick={() => setEdited(it)}
                    >
                      <Pencil size={15} />
                    </ActionIcon>
                  </Tooltip>
                  <Tooltip label={t('colleagues.remove')}>
                    <ActionIcon
                      variant="subtle"
                      aria-label={`${t('colleagues.remove')}: ${it.agent_name}, ${it.day}`}
                      onClick={() => mutate(it.id)}
                    >
                      <Trash2 size={15} />
                    </ActionIcon>
                  </Tooltip>
                </span>
              ),
            },
          ]
        : []),
    ],
    [t, plans, mutate],
  );
  return (
    <section className={`panel ${css.whole} ${css.list}`} aria-label={t('colleagues.tab.shifts')}>
      <div className={css.acts}>
        <DayField
          label={t('team.shifts.from')}
          value={first}
          onChange={(value) => setAddress({ day: value || null })}
        />
        <Select
          label={t('team.shifts.span')}
          data={(['one', 'week'] as const).map((value) => ({ value, label: t(`team.shifts.${value}`) }))}
          value={span}
          allowDeselect={false}
          onChange={(value) => setAddress({ span: value === 'week' ? value : null })}
        />
        <span className={css.push} />
        <span className="muted">
          {data ? t('team.shifts.count', { count: data.length, n: count(data.length) }) : ''}
        </span>
        {plans ? (
          <>
            <Button
              variant="default"
              size="xs"
              leftSection={<FileUp size={15} aria-hidden />}
              onClick={() => setImporting(true)}
            >
              {t('colleagues.import.open')}
            </Button>
            <Button size="xs" leftSection={<Plus size={15} aria-hidden />} onClick={() => setEdited('new')}>
              {t('colleagues.add')}
            </Button>
          </>
        ) : null}
      </div>
      <DataGrid
        label={t('colleagues.tab.shifts')}
        columns={columns}
        rows={data}
        rowKey={(it) => it.id}
        error={error && !data ? problemText(error) : null}
        onRetry={() => void refetch()}
        empty={<EmptyState title={t('team.shifts.none')} text={t('team.shifts.none_text')} />}
        className={css.grid ?? ''}
        minWidth={640}
      />
      {edited ? (
        <ShiftForm
          shift={edited === 'new' ? null : edited}
          day={first}
          onClose={(saved) => {
            setEdited(null);
            if (saved) again();
          }}
        />
      ) : null}
      {importing ? (
        <Suspense>
          <TableImport
            path={HERE}
            area="shifts"
            targets={['agent', 'day', 'start', 'end', 'span', 'note']}
            onClose={() => {
              setImporting(false);
              again();
            }}
          />
        </Suspense>
      ) : null}
    </section>
  );
}

function ShiftForm({
  shift,
  day,
  onClose,
}: {
  shift: ShiftRowOut | null;
  day: string;
  onClose: (saved: boolean) => void;
}) {
  const { t } = useTranslation();
  const agents = useAgents();
  const [agent, setAgent] = useState<string | null>(shift ? String(shift.agent_id) : null);
  const [on, setOn] = useState(shift?.day ?? day);
  const [start, setStart] = useState(shift?.start ?? '09:00');
  const [end, setEnd] = useState(shift?.end ?? '18:00');
  const [note, setNote] = useState(shift?.note ?? '');
  const save = useMutation({
    mutationFn: () => {
      const body = { agent_id: Number(agent), day: on, start, end, note: note.trim() };
      return shift ? put(`${HERE}/${shift.id}`, body) : post(HERE, body);
    },
    onSuccess: () => onClose(true),
  });
  return (
    <Modal
      opened
      onClose={() => onClose(false)}
      title={t(shift ? 'team.shifts.change' : 'team.shifts.add')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className={css.form}
        onSubmit={(e) => {
          e.preventDefault();
          if (agent) save.mutate();
        }}
      >
        <Select
          label={t('team.shifts.agent')}
          data={agents.map((it) => ({ value: String(it.id), label: it.name }))}
          value={agent}
          onChange={setAgent}
          searchable
          required
          data-autofocus
        />
        <DayField label={t('team.shifts.day')} value={on} onChange={setOn} />
        <div className={css.acts}>
          <TimeField label={t('team.shifts.start')} value={start} onChange={setStart} />
          <TimeField label={t('team.shifts.end')} value={end} onChange={setEnd} />
        </div>
        {end <= start ? <p className="muted">{t('team.shifts.overnight')}</p> : null}
        <TextInput
          label={t('team.shifts.note')}
          value={note}
          maxLength={200}
          onChange={(e) => setNote(e.currentTarget.value)}
        />
        {save.error ? (
          <p role="alert" className={css.bad}>
            {problemText(save.error)}
          </p>
        ) : null}
        <div className={css.acts}>
          <Button type="submit" loading={save.isPending} disabled={!agent || !on}>
            {t('common.save')}
          </Button>
          <Button variant="subtle" onClick={() => onClose(false)}>
            {t('common.cancel')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
