import { Button, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { PhoneIncoming, PhoneOutgoing, SquarePen, UserRound, Users } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemText, put } from '~/api/client';
import { named, useCan, useDeskWords } from '~/api/session';
import type { Customer } from '~/api/types';
import { textOf, withWords } from '~/i18n';
import { duration, when } from '~/lib/format';
import { initials } from '~/lib/initials';
import { colleagueOf } from '~/phone/colleague';
import { customerKey, customerPath, useCustomer } from '~/phone/useCustomer';
import { Chip } from '~/ui/Chip';
import { EmptyState, ErrorState, Loading } from '~/ui/Notice';
import { PhoneNumber } from '~/ui/PhoneNumber';
import css from './Desk.module.css';
import type { Subject } from './subject';

const PAUSE_MS = 700;
const CardDialog = lazy(async () => (await Promise.all([import('./CardDialog'), withWords('card')]))[0]);

/** Who it is: name, company, note (kept as they are typed) and what was before. */
export function CustomerCard({ subject }: { subject: Subject | null }) {
  const { t } = useTranslation();
  const party = subject?.party_id ?? null;
  const { data, error, refetch, isLoading } = useCustomer(party, subject?.id);
  if (colleagueOf(subject?.interaction) !== null) {
    return (
      <aside className={`panel ${css.customer}`} aria-label={t('desk.customer.title')}>
        <EmptyState icon={Users} title={t('transfer.internal.customer')} />
      </aside>
    );
  }
  if (!subject || !party) {
    return (
      <aside className={`panel ${css.customer}`} aria-label={t('desk.customer.title')}>
        <EmptyState
          icon={UserRound}
          title={t(subject ? 'desk.customer.anonymous' : 'desk.customer.none')}
          text={t(subject ? 'desk.customer.anonymous_text' : 'desk.customer.none_text')}
        />
      </aside>
    );
  }
  return (
    <aside className={`panel ${css.customer}`} aria-label={t('desk.customer.title')}>
      {error && !data ? <ErrorState text={problemText(error)} onRetry={() => void refetch()} /> : null}
      {isLoading ? <Loading rows={7} /> : null}
      {data ? (
        <>
          <Fields
            key={`${party} ${subject.id}`}
            party={party}
            interaction={subject.id}
            customer={data}
            number={subject.number}
          />
          <Earlier customer={data} currentId={subject.id} />
        </>
      ) : null}
    </aside>
  );
}

/** What else the card says, if anything: read here, changed in the whole card. */
function Known({ customer }: { customer: Customer }) {
  const { t } = useTranslation();
  const fields = Object.entries(customer.fields ?? {});
  const lines = [customer.email, customer.code].filter(Boolean);
  const refused = customer.consents?.calls === false;
  if (!fields.length && !lines.length && !customer.personal_agent_name && !refused) return null;
  return (
    <div className={css.known}>
      {refused ? <Chip tone="bad">{t('desk.customer.no_calls')}</Chip> : null}
      {lines.length ? <p>{lines.join(' · ')}</p> : null}
      {customer.personal_agent_name ? (
        <p>{t('desk.customer.personal', { name: customer.personal_agent_name })}</p>
      ) : null}
      {fields.map(([name, value]) => (
        <p key={name}>
          <span className="muted">{name}:</span> {value}
        </p>
      ))}
    </div>
  );
}

type Values = Pick<Customer, 'name' | 'company' | 'note' | 'customer_class'>;

function Fields({
  party,
  interaction,
  customer,
  number,
}: {
  party: string;
  interaction: string;
  customer: Customer;
  number: string;
}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const mayEdit = useCan('edit.customers');
  const [values, setValues] = useState<Values>({
    name: customer.name ?? '',
    company: customer.company ?? '',
    note: customer.note ?? '',
    customer_class: customer.customer_class ?? '',
  });
  const [state, setState] = useState<'clean' | 'saving' | 'saved' | 'failed'>('clean');
  const [problem, setProblem] = useState<unknown>(null);
  const [opening, setOpening] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const [all, setAll] = useState<number | null>(null);
  const latest = useRef(values);
  const dirty = useRef(false);
  const timer = useRef(0);
  const save = useRef<() => Promise<void>>(() => Promise.resolve());
  save.current = async () => {
    clearTimeout(timer.current);
    if (!dirty.current) return;
    dirty.current = false;
    const sent = latest.current;
    setState('saving');
    try {
      await put(`${customerPath(party)}?interaction_id=${encodeURIComponent(interaction)}`, sent);
      queries.setQueryData<Customer>(customerKey(party, interaction), (old) =>
        old ? { ...old, ...sent } : old,
      );
      setProblem(null);
      setState(dirty.current ? 'saving' : 'saved');
    } catch (error) {
      dirty.current = true;
      setProblem(error);
      setState('failed');
    }
  };
  useEffect(
    () => () => {
      void save.current();
    },
    [],
  );
  const change = (part: Partial<Values>) => {
    const next = { ...latest.current, ...part };
    latest.current = next;
    dirty.current = true;
    setValues(next);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => void save.current(), PAUSE_MS);
  };
  // What was typed so far is kept first; the first save makes the card.
  const openAll = async () => {
    setOpening(true);
    try {
      await save.current();
      if (dirty.current) return;
      const known =
        queries.getQueryData<Customer>(customerKey(party, interaction))?.customer_id ??
        (
          await put<Customer>(
            `${customerPath(party)}?interaction_id=${encodeURIComponent(interaction)}`,
            latest.current,
          )
        ).customer_id;
      setAll(known);
    } catch (error) {
      setProblem(error);
      setState('failed');
    } finally {
      setOpening(false);
    }
  };
  const props = { readOnly: !mayEdit, onBlur: () => void save.current() };
  return (
    <div className={css.fields}>
      <div className={css.person}>
        <span className={css.face} aria-hidden>
          {values.name ? initials(values.name) : <UserRound size={20} />}
        </span>
        <div>
          <h2 className={values.name ? undefined : 'muted'}>{values.name || t('common.unknown_customer')}</h2>
          <PhoneNumber value={number || customer.numbers[0]} copy className="muted" />
          {customer.is_identified ? (
            <Chip tone="mute" title={t('desk.customer.identified_tip')}>
              {t('desk.customer.identified')}
            </Chip>
          ) : null}
          {customer.nps ? (
            <Chip
              tone={
                customer.nps.band === 'promoter' ? 'ok' : customer.nps.band === 'detractor' ? 'bad' : 'mute'
              }
              title={t('lists.nps.tip', {
                answer: customer.nps.answer,
                time: when(customer.nps.answered_at),
              })}
            >
              {t(`lists.nps.${customer.nps.band}`)}
            </Chip>
          ) : null}
        </div>
      </div>
      <TextInput
        label={t('desk.customer.name')}
        maxLength={120}
        value={values.name}
        onChange={(e) => change({ name: e.currentTarget.value })}
        {...props}
      />
      <TextInput
        label={t('desk.customer.company')}
        maxLength={120}
        value={values.company}
        onChange={(e) => change({ company: e.currentTarget.value })}
        {...props}
      />
      <TextInput
        label={t('desk.customer.customer_class')}
        placeholder={t('desk.customer.customer_class_hint')}
        maxLength={40}
        autoComplete="off"
        value={values.customer_class}
        onChange={(e) => change({ customer_class: e.currentTarget.value })}
        {...props}
      />
      <Textarea
        label={t('desk.customer.note')}
        placeholder={t('desk.customer.note_hint')}
        autosize
        minRows={2}
        maxRows={6}
        maxLength={4000}
        value={values.note}
        onChange={(e) => change({ note: e.currentTarget.value })}
        {...props}
      />
      <Known customer={customer} />
      <div className={css.cardFoot}>
        <span role="status" className={css.cardState} data-state={state}>
          {state === 'clean' ? '' : state === 'failed' ? problemText(problem) : t(`desk.customer.${state}`)}
        </span>
        {mayEdit ? (
          <Button
            variant="default"
            size="xs"
            leftSection={<SquarePen size={14} aria-hidden />}
            ref={opener}
            loading={opening}
            onClick={() => void openAll()}
          >
            {t('desk.customer.all')}
          </Button>
        ) : null}
      </div>
      {all ? (
        <Suspense fallback={null}>
          <CardDialog
            customerId={all}
            onClose={() => {
              setAll(null);
              setTimeout(() => opener.current?.focus(), 0);
            }}
            onSaved={(card) => {
              // The next keystroke here must not write the old words back.
              const next = {
                name: card.name ?? '',
                company: card.company ?? '',
                note: card.note ?? '',
                customer_class: card.customer_class ?? '',
              };
              latest.current = next;
              setValues(next);
              void queries.invalidateQueries({ queryKey: ['customer'] });
            }}
          />
        </Suspense>
      ) : null}
    </div>
  );
}

function Earlier({ customer, currentId }: { customer: Customer; currentId: string }) {
  const { t } = useTranslation();
  const words = useDeskWords();
  const earlier = customer.interactions.filter((it) => it.interaction_id !== currentId);
  return (
    <section className={css.earlier} aria-label={t('desk.customer.earlier')}>
      <h3>
        {t('desk.customer.earlier')}{' '}
        {earlier.length ? <span className="muted num">{earlier.length}</span> : null}
      </h3>
      {earlier.length ? (
        <ol>
          {earlier.map((it) => {
            const Icon = it.direction === 'outbound' ? PhoneOutgoing : PhoneIncoming;
            return (
              <li key={it.interaction_id}>
                <span
                  className={css.icon}
                  data-kind={it.talk_seconds || !it.outcome ? it.direction : 'missed'}
                >
                  <Icon size={14} aria-label={t(`common.direction.${it.direction}`)} />
                </span>
                <div>
                  <div className={css.earlierHead}>
                    <b>{words.queue(it.queue_id)?.name ?? t(`common.direction.${it.direction}`)}</b>
                    <time className="num" dateTime={it.started_at}>
                      {when(it.started_at)}
                    </time>
                  </div>
                  <p>
                    {[
                      it.agent_name,
                      it.talk_seconds ? duration(it.talk_seconds) : textOf(`common.end_reason.${it.outcome}`),
                    ]
                      .filter(Boolean)
                      .join(' · ')}
                  </p>
                  {it.disposition_id ? (
                    <Chip tone="mute">
                      {named({ name_ru: it.disposition_ru, name_en: it.disposition_en })}
                    </Chip>
                  ) : null}
                  {it.note ? <p className={css.earlierNote}>{it.note}</p> : null}
                </div>
              </li>
            );
          })}
        </ol>
      ) : (
        <p className={css.hint}>{t('desk.customer.first')}</p>
      )}
    </section>
  );
}
