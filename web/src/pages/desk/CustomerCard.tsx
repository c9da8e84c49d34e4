import { Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { PhoneIncoming, PhoneOutgoing, UserRound, Users } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemText, put } from '~/api/client';
import { named, useCan, useDeskWords } from '~/api/session';
import type { Customer } from '~/api/types';
import { textOf } from '~/i18n';
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
      <span role="status" className={css.cardState} data-state={state}>
        {state === 'clean' ? '' : state === 'failed' ? problemText(problem) : t(`desk.customer.${state}`)}
      </span>
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
