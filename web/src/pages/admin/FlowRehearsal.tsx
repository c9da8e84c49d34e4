import { Button, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, problemText } from '~/api/client';
import type { FlowDraft, FlowTest, RehearsalStep, RehearsalWish } from '~/api/gen/types.gen';
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
import { KeepTest } from './flows/Tests';
import { outcomeText } from './flows/words';
import { useThings } from './things';
import { useAuthors } from './useAuthors';

const NOTHING: readonly OutlineNode[] = [];

/** What a customer would hear, and where he would come out, without a phone. */
export default function FlowRehearsal({
  draft,
  nodes = NOTHING,
  numbers,
  queueName,
  onPick,
  onSteps,
  onShown,
  shown,
  steps,
  onKeep,
  kept,
}: {
  /** Null: it cannot be rehearsed as it stands. */
  draft: FlowDraft | null;
  nodes: readonly OutlineNode[] | undefined;
  numbers: readonly { number: string; name: string }[];
  queueName: (id: unknown) => string;
  onPick: (key: string) => void;
  /** What was last gone through, and how many steps of it are shown. */
  steps: readonly RehearsalStep[] | null;
  shown: number;
  onSteps: (steps: readonly RehearsalStep[]) => void;
  onShown: (shown: number) => void;
  /** The call that was rehearsed becomes a test. */
  onKeep: (test: FlowTest) => void;
  /** Names of the tests that there are. */
  kept: readonly string[];
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
  const [answers, setAnswers] = useState<Record<string, string>>({});
  const asking = nodes.filter((it) => it.kind === 'lookup').map((it) => it.key);
  const chosen = number ?? numbers[0]?.number ?? '';
  const call = {
    caller: caller.trim(),
    number: chosen,
    typed: keyGroups(keys),
    facts: Object.fromEntries(
      asked.map((name) => [name, (facts[name] ?? '').trim()]).filter(([, value]) => value),
    ) as Record<string, string>,
    answers: Object.fromEntries(
      asking.map((key) => [key, (answers[key] ?? '').trim()]).filter(([, value]) => value),
    ) as Record<string, string>,
  };
  // What a test is made of: the call as it was when it was rehearsed.
  const [done, setDone] = useState<FlowTest | null>(null);
  const rehearse = useMutation({
    mutationFn: (of: FlowDraft) =>
      post<RehearsalStep[]>('/api/v1/flows/rehearse', {
        ...call,
        draft: of,
        at: momentOf(day || today, time, zone),
      }),
    onSuccess: (found) => {
      onSteps(found);
      const end = found.at(-1)?.outcome ?? '';
      setDone({ ...call, name: '', at: `${day || today} ${time}`, path: found.map((it) => it.node), end });
    },
  });
  return (
    <section className={css.part} aria-labelledby="flow-rehearsal">
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
        {asking.map((key) => (
          <TextInput
            key={key}
            label={t('flows.answer_of', { node: key })}
            placeholder='{"name": "…"}'
            autoComplete="off"
            value={answers[key] ?? ''}
            onChange={(event) => {
              const { value } = event.currentTarget;
              setAnswers((old) => ({ ...old, [key]: value }));
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
        {steps?.length ? (
          <>
            <div className={css.walk}>
              <Button
                size="compact-sm"
                variant="default"
                disabled={shown <= 1}
                onClick={() => onShown(shown - 1)}
              >
                {t('flows.step.back')}
              </Button>
              <span className="num">{t('flows.step.of', { step: shown, steps: steps.length })}</span>
              <Button
                size="compact-sm"
                variant="default"
                disabled={shown >= steps.length}
                onClick={() => onShown(shown + 1)}
              >
                {t('flows.step.next')}
              </Button>
            </div>
            <ol className={css.trace} aria-label={t('admin.flows.rehearsal.trace')}>
              {steps.map((step, at) => (
                <li key={at} data-later={at >= shown || undefined}>
                  <button
                    type="button"
                    className={css.target}
                    onClick={() => {
                      onShown(at + 1);
                      onPick(step.node);
                    }}
                  >
                    <code>{step.node}</code>
                  </button>
                  <span>{outcomeText(step.outcome, queueName)}</span>
                  {step.wish ? <WishText wish={step.wish} /> : null}
                  {step.said.length ? (
                    <span className={css.said}>
                      {t('admin.flows.rehearsal.said', { prompts: step.said.join(', ') })}
                    </span>
                  ) : null}
                </li>
              ))}
            </ol>
          </>
        ) : null}
      </div>
      {done && steps ? <KeepTest names={kept} onKeep={(name) => onKeep({ ...done, name })} /> : null}
    </section>
  );
}

/** What he needs besides the queue, how urgent he is, who is to take him. */
function WishText({ wish }: { wish: RehearsalWish }) {
  const { t } = useTranslation();
  const skills = useThings('skills', { may: wish.requirements.length > 0 }).data;
  const nameOf = useAuthors();
  const skillName = (id: number) => skills?.find((it) => it.id === id)?.name ?? `№ ${id}`;
  const amount = wish.priority > 0 ? `+${wish.priority}` : String(wish.priority);
  const causes = wish.boosts.map((it) => it.cause).join(', ');
  const parts = [
    wish.requirements.length
      ? t('admin.flows.rehearsal.needs', {
          skills: wish.requirements
            .map((it) =>
              t('admin.flows.rehearsal.level', { skill: skillName(it.skill_id), level: it.minimum }),
            )
            .join(', '),
        })
      : '',
    wish.priority || causes
      ? t(causes ? 'admin.flows.rehearsal.priority_for' : 'admin.flows.rehearsal.priority', {
          amount,
          causes,
        })
      : '',
    wish.preferred_agent_id
      ? t('admin.flows.rehearsal.preferred', {
          name: nameOf(wish.preferred_agent_id),
        })
      : '',
  ];
  return <span className={css.said}>{parts.filter(Boolean).join(' · ')}</span>;
}
