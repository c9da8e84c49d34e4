import { Button, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, problemText } from '~/api/client';
import type { FlowDraft, RehearsalStep } from '~/api/gen/types.gen';
import { useMe } from '~/api/session';
import { textOf } from '~/i18n';
import { serverNow } from '~/lib/clock';
import { clock } from '~/lib/format';
import { prettyNumber } from '~/lib/number';
import { DayField } from '~/ui/DayField';
import { Banner } from '~/ui/Notice';
import { PhoneField } from '~/ui/PhoneField';
import { TimeField } from '~/ui/TimeField';
import { useToday } from '~/ui/useToday';
import css from './Flows.module.css';
import { factsAsked, keyGroups, momentOf, type OutlineNode } from './flow';

const NOTHING: readonly OutlineNode[] = [];

/** What a customer would hear, and where he would come out, without a phone. */
export function FlowRehearsal({
  draft,
  nodes = NOTHING,
  numbers,
  queueName,
  onPick,
}: {
  /** Null: it cannot be rehearsed as it stands. */
  draft: FlowDraft | null;
  nodes: readonly OutlineNode[] | undefined;
  numbers: readonly { number: string; name: string }[];
  queueName: (id: unknown) => string;
  onPick: (key: string) => void;
}) {
  const { t } = useTranslation();
  const { zone } = useMe();
  const today = useToday();
  const [caller, setCaller] = useState('');
  const [number, setNumber] = useState<string | null>(null);
  const [day, setDay] = useState(today);
  const [time, setTime] = useState(() => clock(serverNow()));
  const [keys, setKeys] = useState('');
  const [facts, setFacts] = useState<Record<string, string>>({});
  const asked = factsAsked(nodes);
  const chosen = number ?? numbers[0]?.number ?? '';
  const rehearse = useMutation({
    mutationFn: (of: FlowDraft) =>
      post<RehearsalStep[]>('/api/v1/flows/rehearse', {
        draft: of,
        caller: caller.trim(),
        number: chosen,
        at: momentOf(day || today, time, zone),
        typed: keyGroups(keys),
        facts: Object.fromEntries(
          asked.map((name) => [name, (facts[name] ?? '').trim()]).filter(([, value]) => value),
        ),
      }),
  });
  return (
    <section className={`panel ${css.part}`} aria-labelledby="flow-rehearsal">
      <h3 id="flow-rehearsal">{t('admin.flows.rehearsal.title')}</h3>
      <form
        className={css.rehearsal}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (draft) rehearse.mutate(draft);
        }}
      >
        <PhoneField label={t('admin.flows.rehearsal.caller')} value={caller} onChange={setCaller} />
        <Select
          label={t('admin.flows.rehearsal.number')}
          data={numbers.map((it) => ({
            value: it.number,
            label: [prettyNumber(it.number), it.name].filter(Boolean).join(' · '),
          }))}
          value={chosen || null}
          onChange={setNumber}
        />
        <DayField label={t('admin.flows.rehearsal.day')} value={day} onChange={setDay} />
        <TimeField label={t('admin.flows.rehearsal.time')} value={time} onChange={setTime} />
        <TextInput
          label={t('admin.flows.rehearsal.keys')}
          placeholder="1, 12#"
          autoComplete="off"
          value={keys}
          onChange={(event) => setKeys(event.currentTarget.value)}
        />
        {asked.map((name) => (
          <TextInput
            key={name}
            label={textOf(`admin.flows.fact.${name.replaceAll('.', '_')}`) ?? name}
            autoComplete="off"
            value={facts[name] ?? ''}
            onChange={(event) => {
              const { value } = event.currentTarget;
              setFacts((old) => ({ ...old, [name]: value }));
            }}
          />
        ))}
        <Button
          type="submit"
          variant="default"
          leftSection={<Play size={15} aria-hidden />}
          disabled={!draft}
          loading={rehearse.isPending}
        >
          {t('admin.flows.rehearsal.go')}
        </Button>
      </form>
      <p className={css.hint}>{t('admin.flows.rehearsal.help')}</p>
      {rehearse.error ? <Banner tone="bad">{problemText(rehearse.error)}</Banner> : null}
      <div aria-live="polite">
        {rehearse.data ? (
          <ol className={css.trace} aria-label={t('admin.flows.rehearsal.trace')}>
            {rehearse.data.map((step, at) => (
              <li key={at}>
                <button type="button" className={css.target} onClick={() => onPick(step.node)}>
                  <code>{step.node}</code>
                </button>
                <span>{outcomeText(step.outcome, queueName)}</span>
                {step.said.length ? (
                  <span className={css.said}>
                    {t('admin.flows.rehearsal.said', { prompts: step.said.join(', ') })}
                  </span>
                ) : null}
              </li>
            ))}
          </ol>
        ) : null}
      </div>
    </section>
  );
}

/** "open", "invalid, 2", "queue 3", "ended closed" as the server tells them, in words. */
export function outcomeText(outcome: string, queueName: (id: unknown) => string): string {
  if (!outcome) return textOf('admin.flows.outcome.done') ?? '';
  return outcome
    .split(', ')
    .map((one) => {
      const [word = '', rest = ''] = one.split(/ (.*)/);
      if (word === 'queue')
        return textOf('admin.flows.outcome.queue', { name: queueName(Number(rest)) }) ?? one;
      if (word === 'ended') {
        const reason = textOf(`common.end_reason.${rest}`) ?? rest;
        return textOf('admin.flows.outcome.ended', { reason }) ?? one;
      }
      if (/^[0-9*#A-D]$/.test(one)) return textOf('admin.flows.exit.key', { key: one }) ?? one;
      return textOf(`admin.flows.outcome.${word}`, { place: rest }) ?? one;
    })
    .join(', ');
}
