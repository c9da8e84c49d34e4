import { Button, Modal, NumberInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldErrors, Problem, post, problemText } from '~/api/client';
import type { NamedInBoth, PayRates, RateSave, TariffRows, TariffSave } from '~/api/gen/types.gen';
import { dayText } from '~/lib/dayText';
import { decimal, isDecimal } from '~/lib/money';
import { DayField } from '~/ui/DayField';
import css from './Admin.module.css';
import own from './Rates.module.css';

interface Closing {
  onClose: () => void;
  onSaved: () => Promise<void>;
}

/** The frame of both: help above, what the server says below. */
function Form({
  title,
  help,
  past,
  error,
  isBusy,
  isComplete,
  onClose,
  onSubmit,
  children,
}: {
  title: string;
  help: string;
  /** A day that is over: its costs change. */
  past: string | null;
  error: string | null;
  isBusy: boolean;
  isComplete: boolean;
  onClose: () => void;
  onSubmit: () => void;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className={css.rows}
        noValidate
        onSubmit={(e: FormEvent) => {
          e.preventDefault();
          if (isComplete) onSubmit();
        }}
      >
        <p className={css.hint}>{help}</p>
        {children}
        {past ? (
          <p className={own.warning} role="alert">
            {t('rates.past_warning', { day: dayText(past) })}
          </p>
        ) : null}
        {error ? (
          <p className={css.error} role="alert">
            {error}
          </p>
        ) : null}
        <div className={css.actions} style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={isBusy} disabled={!isComplete}>
            {t('rates.save')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function Amount({
  label,
  value,
  currency,
  error,
  onChange,
  isFirst = false,
}: {
  label: string;
  value: string;
  currency: string;
  error: ReactNode;
  onChange: (value: string) => void;
  isFirst?: boolean;
}) {
  return (
    <TextInput
      label={`${label}, ${currency}`}
      inputMode="decimal"
      autoComplete="off"
      value={value}
      error={error}
      data-autofocus={isFirst || undefined}
      onChange={(e) => onChange(e.currentTarget.value)}
    />
  );
}

const useNamed = () => {
  const { i18n } = useTranslation();
  return (it: NamedInBoth) => (i18n.language === 'en' ? it.name_en : it.name_ru);
};

/** A rate of an agent or of a role from a day on. */
export function NewRate({ rates, onClose, onSaved }: Closing & { rates: PayRates }) {
  const { t } = useTranslation();
  const named = useNamed();
  const [who, setWho] = useState<string | null>(null);
  const [since, setSince] = useState(rates.today);
  const [perHour, setPerHour] = useState('');
  const save = useMutation({
    mutationFn: () => {
      const [kind, id] = (who ?? '').split(':');
      return post('/api/v1/rates', {
        agent_id: kind === 'agent' ? Number(id) : null,
        role_id: kind === 'role' ? Number(id) : null,
        since,
        per_hour: decimal(perHour),
      } satisfies RateSave);
    },
    onSuccess: onSaved,
  });
  const errors = save.error instanceof Problem ? fieldErrors(save.error) : {};
  return (
    <Form
      title={t('rates.new_rate')}
      help={t('rates.rate_help')}
      past={since && since < rates.today ? since : null}
      error={save.error && !errors.since && !errors.per_hour ? problemText(save.error) : null}
      isBusy={save.isPending}
      isComplete={Boolean(who && since && isDecimal(perHour))}
      onClose={onClose}
      onSubmit={() => save.mutate()}
    >
      <Select
        label={t('rates.who')}
        searchable
        data-autofocus
        data={[
          {
            group: t('rates.roles'),
            items: rates.roles.map((it) => ({ value: `role:${it.id}`, label: named(it) })),
          },
          {
            group: t('rates.agents'),
            items: rates.agents.map((it) => ({ value: `agent:${it.id}`, label: named(it) })),
          },
        ]}
        value={who}
        onChange={setWho}
      />
      <div className={css.pair}>
        <DayField label={t('rates.since')} value={since} onChange={setSince} error={errors.since} />
        <Amount
          label={t('rates.per_hour')}
          currency={rates.currency}
          value={perHour}
          error={errors.per_hour}
          onChange={setPerHour}
        />
      </div>
    </Form>
  );
}

/** A tariff of a number, a trunk or all from a day on. */
export function NewTariff({ tariffs, onClose, onSaved }: Closing & { tariffs: TariffRows }) {
  const { t } = useTranslation();
  const named = useNamed();
  const [direction, setDirection] = useState<'inbound' | 'outbound'>('inbound');
  const [where, setWhere] = useState('all');
  const [since, setSince] = useState(tariffs.today);
  const [payer, setPayer] = useState<'ours' | 'caller'>('ours');
  const [perMinute, setPerMinute] = useState('');
  const [fee, setFee] = useState('0');
  const [first, setFirst] = useState<number | string>(60);
  const [step, setStep] = useState<number | string>(60);
  const [free, setFree] = useState<number | string>(0);
  const isOurs = payer === 'ours';
  const save = useMutation({
    mutationFn: () => {
      const [kind, id] = where.split(':');
      return post('/api/v1/tariffs', {
        is_inbound: direction === 'inbound',
        trunk_id: kind === 'trunk' ? Number(id) : null,
        number_id: kind === 'number' ? Number(id) : null,
        since,
        is_ours: isOurs,
        ...(isOurs
          ? {
              per_minute: decimal(perMinute),
              connection_fee: decimal(fee),
              free_seconds: Number(free),
              first_seconds: Number(first),
              step_seconds: Number(step),
            }
          : {}),
      } satisfies TariffSave);
    },
    onSuccess: onSaved,
  });
  const errors = save.error instanceof Problem ? fieldErrors(save.error) : {};
  const isPriced =
    isDecimal(perMinute) && isDecimal(fee) && Number(first) > 0 && Number(step) > 0 && free !== '';
  return (
    <Form
      title={t('rates.new_tariff')}
      help={t('rates.tariff_help')}
      past={since && since < tariffs.today ? since : null}
      error={save.error && !Object.keys(errors).length ? problemText(save.error) : null}
      isBusy={save.isPending}
      isComplete={Boolean(since && (!isOurs || isPriced))}
      onClose={onClose}
      onSubmit={() => save.mutate()}
    >
      <SegmentedControl
        aria-label={t('rates.direction')}
        value={direction}
        onChange={(value) => {
          setDirection(value === 'outbound' ? value : 'inbound');
          if (value === 'outbound') {
            setPayer('ours');
            if (where.startsWith('number:')) setWhere('all');
          }
        }}
        data={(['inbound', 'outbound'] as const).map((value) => ({ value, label: t(`rates.${value}`) }))}
      />
      <div className={css.pair}>
        <Select
          label={t('rates.where')}
          searchable
          allowDeselect={false}
          data={[
            { value: 'all', label: t('rates.everywhere') },
            {
              group: t('rates.trunks'),
              items: tariffs.trunks.map((it) => ({ value: `trunk:${it.id}`, label: named(it) })),
            },
            ...(direction === 'inbound'
              ? [
                  {
                    group: t('rates.numbers'),
                    items: tariffs.numbers.map((it) => ({ value: `number:${it.id}`, label: named(it) })),
                  },
                ]
              : []),
          ]}
          value={where}
          error={errors.number_id ?? errors.trunk_id}
          onChange={(value) => setWhere(value ?? 'all')}
        />
        <DayField label={t('rates.since')} value={since} onChange={setSince} error={errors.since} />
      </div>
      {direction === 'inbound' ? (
        <Select
          label={t('rates.who_pays')}
          allowDeselect={false}
          data={(['ours', 'caller'] as const).map((value) => ({ value, label: t(`rates.${value}`) }))}
          value={payer}
          onChange={(value) => setPayer(value === 'caller' ? value : 'ours')}
        />
      ) : null}
      {isOurs ? (
        <>
          <div className={css.pair}>
            <Amount
              label={t('rates.per_minute')}
              currency={tariffs.currency}
              value={perMinute}
              error={errors.per_minute}
              onChange={setPerMinute}
              isFirst
            />
            <Amount
              label={t('rates.fee')}
              currency={tariffs.currency}
              value={fee}
              error={errors.connection_fee}
              onChange={setFee}
            />
          </div>
          <div className={css.pair}>
            <NumberInput
              label={t('rates.first')}
              suffix={` ${t('rates.seconds')}`}
              min={1}
              max={3600}
              allowDecimal={false}
              value={first}
              error={errors.first_seconds}
              onChange={setFirst}
            />
            <NumberInput
              label={t('rates.step')}
              suffix={` ${t('rates.seconds')}`}
              min={1}
              max={3600}
              allowDecimal={false}
              value={step}
              error={errors.step_seconds}
              onChange={setStep}
            />
            <NumberInput
              label={t('rates.free')}
              suffix={` ${t('rates.seconds')}`}
              min={0}
              max={3600}
              allowDecimal={false}
              value={free}
              error={errors.free_seconds}
              onChange={setFree}
            />
          </div>
          <p className={css.hint}>{t('rates.increment_help')}</p>
        </>
      ) : null}
    </Form>
  );
}
