import { Button, SegmentedControl, Switch } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Banknote, ClipboardPaste, Plus, Undo2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, get, problemText } from '~/api/client';
import type { NamedInBoth, PayRates, RateRow, TariffRow, TariffRows } from '~/api/gen/types.gen';
import { dayText } from '~/lib/dayText';
import { full } from '~/lib/format';
import { amount } from '~/lib/money';
import { Chip } from '~/ui/Chip';
import { useConfirm } from '~/ui/Confirm';
import { Banner, EmptyState, ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import { useAddress } from '~/ui/useAddress';
import css from './Admin.module.css';
import { NewRate, NewTariff } from './RateForms';
import { RatePaste } from './RatePaste';
import own from './Rates.module.css';

export type Kind = 'rates' | 'tariffs';
const KINDS: readonly Kind[] = ['rates', 'tariffs'];
const MOST_NAMES = 10;
type Dated = Pick<
  RateRow,
  'id' | 'since' | 'state' | 'currency' | 'by' | 'at' | 'is_of_past' | 'withdrawn_by' | 'withdrawn_at'
>;

/** What people are paid an hour and what calls cost, since when and set by whom. */
export default function Rates() {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const queries = useQueryClient();
  const [open, setOpen] = useState<'new' | 'paste' | null>(null);
  const kind: Kind = address.show === 'tariffs' ? 'tariffs' : 'rates';
  const hasAll = address.all === 'true';
  const rates = useQuery({
    queryKey: ['admin', 'rates'],
    queryFn: ({ signal }) => get<PayRates>('/api/v1/rates', {}, signal),
    enabled: kind === 'rates',
  });
  const tariffs = useQuery({
    queryKey: ['admin', 'tariffs'],
    queryFn: ({ signal }) => get<TariffRows>('/api/v1/tariffs', {}, signal),
    enabled: kind === 'tariffs',
  });
  const renew = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ['admin', kind] }),
      queries.invalidateQueries({ queryKey: ['report', 'costs'] }),
    ]);
  const onSaved = async () => {
    await renew();
    setOpen(null);
    toast(t('common.saved'));
  };
  const asked = kind === 'rates' ? rates : tariffs;
  const onClose = () => setOpen(null);
  return (
    <section className={css.area} aria-labelledby="area-title">
      <header className={css.areaHead}>
        <div className={css.areaTitle}>
          <h2 id="area-title">{t('admin.rates.title')}</h2>
          <p>{t('admin.rates.about')}</p>
        </div>
        <Button
          variant="default"
          leftSection={<ClipboardPaste size={15} aria-hidden />}
          onClick={() => setOpen('paste')}
        >
          {t('rates.paste.open')}
        </Button>
        <Button
          leftSection={<Plus size={16} aria-hidden />}
          disabled={!asked.data}
          onClick={() => setOpen('new')}
        >
          {t(kind === 'rates' ? 'rates.new_rate' : 'rates.new_tariff')}
        </Button>
        <div className={css.filters}>
          <SegmentedControl
            aria-label={t('rates.show')}
            value={kind}
            onChange={(value) => setAddress({ show: value === 'tariffs' ? value : null })}
            data={KINDS.map((value) => ({ value, label: t(`rates.${value}`) }))}
          />
          <Switch
            label={t('rates.history')}
            checked={hasAll}
            onChange={(e) => setAddress({ all: e.currentTarget.checked })}
          />
        </div>
        {kind === 'rates' && rates.data?.missing.length ? (
          <div className={css.filters}>
            <Missing found={rates.data.missing} />
          </div>
        ) : null}
      </header>
      <div className={`panel ${own.list}`}>
        {asked.error && !asked.data ? (
          <ErrorState text={problemText(asked.error)} onRetry={() => void asked.refetch()} />
        ) : kind === 'rates' ? (
          rates.data ? (
            <List kind="rates" rows={rates.data.rates} hasAll={hasAll} onChanged={renew} of={rates.data}>
              {(row) => <RateCells row={row} />}
            </List>
          ) : (
            <Loading rows={8} />
          )
        ) : tariffs.data ? (
          <List
            kind="tariffs"
            rows={tariffs.data.tariffs}
            hasAll={hasAll}
            onChanged={renew}
            of={tariffs.data}
          >
            {(row) => <TariffCells row={row} />}
          </List>
        ) : (
          <Loading rows={8} />
        )}
      </div>
      {open === 'new' && kind === 'rates' && rates.data ? (
        <NewRate rates={rates.data} onClose={onClose} onSaved={onSaved} />
      ) : null}
      {open === 'new' && kind === 'tariffs' && tariffs.data ? (
        <NewTariff tariffs={tariffs.data} onClose={onClose} onSaved={onSaved} />
      ) : null}
      {open === 'paste' ? <RatePaste kind={kind} onClose={onClose} onSaved={onSaved} /> : null}
    </section>
  );
}

function Missing({ found }: { found: NamedInBoth[] }) {
  const { t } = useTranslation();
  const names = found.slice(0, MOST_NAMES).map((it) => it.name_ru);
  const more = found.length - names.length;
  return (
    <Banner tone="warn">
      {t('rates.missing', { names: [...names, ...(more > 0 ? [`+${more}`] : [])].join(', ') })}
    </Banner>
  );
}

/** Rows of either kind: what is valid now and later, and on demand what was before. */
function List<Row extends Dated>({
  kind,
  rows,
  of,
  hasAll,
  onChanged,
  children,
}: {
  kind: Kind;
  rows: readonly Row[];
  of: { today: string; currency: string };
  hasAll: boolean;
  onChanged: () => Promise<unknown>;
  children: (row: Row) => ReactNode;
}) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const withdraw = useMutation({
    mutationFn: (row: Row) => del(`/api/v1/${kind}/${row.id}`),
    onSuccess: async () => {
      await onChanged();
      toast(t('common.saved'));
    },
    onError: (error) => toast(problemText(error), 'bad'),
  });
  const shown = rows.filter((it) => hasAll || it.state === 'now' || it.state === 'later');
  if (!shown.length) {
    return (
      <EmptyState
        icon={Banknote}
        title={t(kind === 'rates' ? 'rates.nobody' : 'rates.none')}
        text={t(kind === 'rates' ? 'rates.nobody_text' : 'rates.none_text')}
      />
    );
  }
  return (
    <table className={own.table}>
      <caption className="visually-hidden">{t(`rates.${kind}`)}</caption>
      <thead>
        <tr>
          <th scope="col">{t(kind === 'rates' ? 'rates.who' : 'rates.where')}</th>
          <th scope="col">{t(kind === 'rates' ? 'rates.per_hour' : 'rates.price')}</th>
          <th scope="col">{t('rates.since')}</th>
          <th scope="col">{t('rates.set_by')}</th>
          <th scope="col">
            <span className="visually-hidden">{t('rates.withdraw')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {shown.map((row) => (
          <tr key={row.id} data-state={row.state}>
            {children(row)}
            <td>
              <span className={own.day}>
                {dayText(row.since)}
                <Chip tone={row.state === 'now' ? 'ok' : row.state === 'later' ? 'info' : 'mute'}>
                  {t(`rates.state.${row.state}`)}
                </Chip>
              </span>
              {row.currency === of.currency ? null : (
                <small className={own.warn}>{t('rates.other_currency')}</small>
              )}
            </td>
            <td>
              {row.by || '—'}
              <small>{full(row.at)}</small>
              {row.is_of_past ? <small className={own.warn}>{t('rates.past')}</small> : null}
              {row.withdrawn_at ? (
                <small>
                  {t('rates.withdrawn_by', { by: row.withdrawn_by ?? '', at: full(row.withdrawn_at) })}
                </small>
              ) : null}
            </td>
            <td>
              {row.withdrawn_at ? null : (
                <Button
                  size="compact-xs"
                  variant="subtle"
                  leftSection={<Undo2 size={13} aria-hidden />}
                  aria-label={t('rates.withdraw_title', { day: dayText(row.since) })}
                  loading={withdraw.isPending && withdraw.variables?.id === row.id}
                  onClick={() =>
                    void ask({
                      title: t('rates.withdraw_title', { day: dayText(row.since) }),
                      text: t('rates.withdraw_text'),
                      confirm: t('rates.withdraw'),
                      danger: row.since < of.today,
                    }).then((yes) => yes && withdraw.mutate(row))
                  }
                >
                  {t('rates.withdraw')}
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RateCells({ row }: { row: RateRow }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <th scope="row">
        {i18n.language === 'en' ? row.name_en : row.name_ru}
        {row.role_id ? <small>{t('rates.role')}</small> : null}
      </th>
      <td className="num">{amount(row.per_hour, row.currency)}</td>
    </>
  );
}

function TariffCells({ row }: { row: TariffRow }) {
  const { t } = useTranslation();
  const place = [row.trunk, row.number].filter(Boolean).join(' · ') || t('rates.everywhere');
  return (
    <>
      <th scope="row">
        {place}
        <small>{t(row.is_inbound ? 'rates.inbound' : 'rates.outbound')}</small>
      </th>
      <td>
        {row.is_ours ? (
          <>
            <span className="num">
              {t('rates.per_minute_text', { amount: amount(row.per_minute, row.currency) })}
            </span>
            <small>
              {[
                t('rates.increment_text', { first: row.first_seconds, step: row.step_seconds }),
                Number(row.connection_fee)
                  ? t('rates.fee_text', { amount: amount(row.connection_fee, row.currency) })
                  : '',
                row.free_seconds ? t('rates.free_text', { count: row.free_seconds }) : '',
              ]
                .filter(Boolean)
                .join(' · ')}
            </small>
          </>
        ) : (
          t('rates.caller_pays')
        )}
      </td>
    </>
  );
}
