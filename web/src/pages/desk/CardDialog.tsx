import {
  Button,
  Group,
  Modal,
  Select,
  SimpleGrid,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, problemText, put } from '~/api/client';
import type { CardAgent, CardChange, CustomerCard } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { fieldsOf, linesOf } from '~/lib/fieldLines';
import { when } from '~/lib/format';
import { announce } from '~/ui/announce';
import { Banner, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Desk.module.css';

const CONSENTS = ['calls', 'recording', 'mail'] as const;
const ANSWERS = ['', 'yes', 'no'] as const;
type Answer = (typeof ANSWERS)[number];
const answerOf = (given: boolean | undefined): Answer => (given === undefined ? '' : given ? 'yes' : 'no');
const TEXTS = ['name', 'company', 'email', 'code', 'customer_class'] as const;
const LONGEST = { name: 250, company: 250, email: 250, code: 64, customer_class: 40 };

/** All of a customer's card, with who changed what. */
export default function CardDialog({
  customerId,
  onSaved,
  onClose,
}: {
  customerId: number;
  onSaved: (card: CustomerCard) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const card = useQuery({
    queryKey: ['card', customerId],
    queryFn: ({ signal }) => get<CustomerCard>(`/api/v1/customers/${customerId}`, {}, signal),
    // What somebody else wrote meanwhile is not written over unseen.
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      size={720}
      title={t('card.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {card.error ? <Banner tone="bad">{problemText(card.error)}</Banner> : null}
      {card.isPending ? <Loading rows={6} height={40} /> : null}
      {card.data ? <Form card={card.data} onSaved={onSaved} onClose={onClose} /> : null}
    </Modal>
  );
}

function Form({
  card,
  onSaved,
  onClose,
}: {
  card: CustomerCard;
  onSaved: (card: CustomerCard) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const seesNumbers = useCan('view.numbers');
  const agents = useQuery({
    queryKey: ['card', 'agents'],
    queryFn: ({ signal }) => get<CardAgent[]>('/api/v1/customers/agents', {}, signal),
    staleTime: 60_000,
  });
  const [texts, setTexts] = useState({
    name: card.name ?? '',
    company: card.company ?? '',
    email: card.email ?? '',
    code: card.code ?? '',
    customer_class: card.customer_class ?? '',
  });
  const [phones, setPhones] = useState(card.phones);
  const [fields, setFields] = useState(linesOf(card.fields ?? {}));
  const [note, setNote] = useState(card.note ?? '');
  const [answers, setAnswers] = useState<Record<string, Answer>>(
    Object.fromEntries(CONSENTS.map((it) => [it, answerOf(card.consents?.[it])])),
  );
  const [personal, setPersonal] = useState(card.personal_agent_id ? String(card.personal_agent_id) : null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  // The form comes after the dialog, which has put the focus on its cross.
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const save = async () => {
    setBusy(true);
    setTrouble(null);
    try {
      const kept = await put<CustomerCard>(`/api/v1/customers/${card.id}`, {
        ...texts,
        note,
        fields: fieldsOf(fields),
        consents: Object.fromEntries(
          CONSENTS.flatMap((it) => (answers[it] ? [[it, answers[it] === 'yes']] : [])),
        ),
        personal_agent_id: personal ? Number(personal) : null,
        ...(seesNumbers ? { phones } : {}),
      });
      announce(t('card.saved'));
      toast(t('card.saved'));
      onSaved(kept);
      onClose();
    } catch (refused) {
      setTrouble(problemText(refused));
    } finally {
      setBusy(false);
    }
  };
  const text = (key: (typeof TEXTS)[number], help?: string) => (
    <TextInput
      label={t(`card.${key}`)}
      description={help}
      inputWrapperOrder={ORDER}
      maxLength={LONGEST[key]}
      autoComplete="off"
      value={texts[key]}
      onChange={(e) => setTexts({ ...texts, [key]: e.currentTarget.value })}
      ref={key === 'name' ? first : null}
    />
  );
  const known = agents.data?.map((it) => ({ value: String(it.id), label: it.name })) ?? [];
  // Who left stays on the card, by his name, until somebody else is chosen.
  if (personal && !known.some((it) => it.value === personal)) {
    known.push({ value: personal, label: card.personal_agent_name || personal });
  }
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
      onKeyDown={(e) => {
        if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
          e.preventDefault();
          e.stopPropagation();
          void save();
        }
      }}
    >
      <SimpleGrid cols={2} spacing="sm">
        {text('name')}
        {text('company')}
        {seesNumbers ? (
          <TagsInput
            label={t('card.phones')}
            description={t('card.phones_help')}
            inputWrapperOrder={ORDER}
            maxTags={20}
            value={phones}
            onChange={setPhones}
          />
        ) : (
          <TextInput
            label={t('card.phones')}
            description={t('card.phones_hidden')}
            inputWrapperOrder={ORDER}
            value={phones.join(', ')}
            readOnly
          />
        )}
        {text('email')}
        {text('code', t('card.code_help'))}
        {text('customer_class', t('card.class_help'))}
      </SimpleGrid>
      <SimpleGrid cols={4} spacing="sm" mt="sm">
        <Select
          label={t('card.personal')}
          data={known}
          value={personal}
          onChange={setPersonal}
          searchable
          clearable
        />
        {CONSENTS.map((it) => (
          <Select
            key={it}
            label={t(`card.consent.${it}`)}
            data={ANSWERS.map((value) => ({ value, label: t(`card.answer.${value || 'unasked'}`) }))}
            value={answers[it] ?? ''}
            onChange={(value) => setAnswers({ ...answers, [it]: (value ?? '') as Answer })}
            allowDeselect={false}
          />
        ))}
      </SimpleGrid>
      <SimpleGrid cols={2} spacing="sm" mt="sm">
        <Textarea
          label={t('card.fields')}
          description={t('card.fields_help')}
          inputWrapperOrder={ORDER}
          autosize
          minRows={3}
          maxRows={8}
          value={fields}
          onChange={(e) => setFields(e.currentTarget.value)}
        />
        <Textarea
          label={t('card.note')}
          autosize
          minRows={3}
          maxRows={8}
          maxLength={4000}
          value={note}
          onChange={(e) => setNote(e.currentTarget.value)}
        />
      </SimpleGrid>
      {trouble ? <Banner tone="bad">{trouble}</Banner> : null}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" loading={busy}>
          {t('card.save')}
        </Button>
      </Group>
      <Changes customerId={card.id} />
    </form>
  );
}

/** Who wrote what, newest first: only what a save changed. */
function Changes({ customerId }: { customerId: number }) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ['card', customerId, 'history'],
    queryFn: ({ signal }) => get<CardChange[]>(`/api/v1/customers/${customerId}/history`, {}, signal),
    gcTime: 0,
  });
  if (!data) return null;
  const answer = (given: boolean | undefined) =>
    given === undefined ? '' : t(`card.answer.${answerOf(given) || 'unasked'}`);
  const parts = (one: CardChange): Record<string, string> => ({
    ...Object.fromEntries(TEXTS.map((key) => [t(`card.${key}`), one[key]])),
    [t('card.personal')]: one.personal_agent_name,
    ...Object.fromEntries(CONSENTS.map((it) => [t(`card.consent.${it}`), answer(one.consents[it])])),
    [t('card.note')]: one.note,
    ...one.fields,
  });
  return (
    <section className={css.changes} aria-labelledby="card-changes">
      <h3 id="card-changes">{t('card.history')}</h3>
      {data.length ? (
        <ol>
          {data.map((one, place) => {
            const earlier = data[place + 1];
            const now = parts(one);
            const was = earlier ? parts(earlier) : {};
            const changed = [...new Set([...Object.keys(was), ...Object.keys(now)])].filter(
              (key) => (now[key] ?? '') !== (was[key] ?? ''),
            );
            return (
              <li key={`${one.at} ${place}`}>
                <span className="muted">
                  <time className="num" dateTime={one.at}>
                    {when(one.at)}
                  </time>{' '}
                  · {one.by_name || t('card.program')}
                </span>
                {changed.length ? (
                  changed.map((key) => (
                    <p key={key}>
                      <b>{key}:</b> {now[key] || <em>{t('card.cleared')}</em>}
                    </p>
                  ))
                ) : (
                  <p className="muted">{t('card.made')}</p>
                )}
              </li>
            );
          })}
        </ol>
      ) : (
        <Text size="sm" c="dimmed">
          {t('card.empty')}
        </Text>
      )}
    </section>
  );
}

const ORDER = ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[];
