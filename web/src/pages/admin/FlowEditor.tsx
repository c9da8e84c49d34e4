import { Button, Tabs, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowLeft, CircleAlert, CircleCheck, PhoneIncoming, Plus, Redo2, Trash2, Undo2 } from 'lucide-react';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, get, post, problemText, put } from '~/api/client';
import type {
  FlowDraftRow,
  FlowForms,
  FlowPublication,
  FlowRow,
  FlowTest,
  FlowVersionRow,
  RehearsalStep,
} from '~/api/gen/types.gen';
import { useCan, useMe } from '~/api/session';
import { withWords } from '~/i18n';
import { clock, dayTime } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import { useConfirm } from '~/ui/Confirm';
import { ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import { FlowText, type FlowTextHandle } from './FlowText';
import { isSame, momentOf, nodeOfPlace, outline, spanOf } from './flow';
import { exampleFlow } from './flowExample';
import css from './flows/Editor.module.css';
import type { FieldsScene } from './flows/Fields';
import { SmallButton } from './flows/Fields';
import { KindPalette } from './flows/KindPalette';
import {
  begun,
  changed,
  connect,
  type Draft,
  duplicateNode,
  exitsOf,
  type Forms,
  formsOf,
  type History,
  insertAt,
  kindOf,
  mainExit,
  nodeOf,
  redone,
  removeNode,
  renameNode,
  type Spot,
  setField,
  textOfValue,
  undone,
} from './flows/model';
import { NodeForm } from './flows/NodeForm';
import { Outline } from './flows/Outline';
import { ProblemList, problemSentence } from './flows/Problems';
import { litOf } from './flows/path';
import { neighbour, pictureOf } from './flows/picture';
import { Tests } from './flows/Tests';
import { useChecked } from './flows/useChecked';
import { useDraftKept, useKept } from './flows/useDraftKept';
import { useTraffic } from './flows/useTraffic';
import { exitName, kindName, type Names, outcomeText } from './flows/words';
import { choices, refresh, useThings } from './things';
import { useAuthors } from './useAuthors';
import { useGuard } from './useGuard';

/* The picture comes with its library, the calendars with the rehearsal: each when it is first shown. */
const Canvas = lazy(() => import('./flows/Canvas'));
const FlowRehearsal = lazy(() => import('./FlowRehearsal'));
const TrialCall = lazy(() => import('./flows/TrialCall'));
const FlowVersions = lazy(() => import('./FlowVersions'));
const ICONS = {
  plus: <Plus size={13} aria-hidden />,
  unfit: <CircleAlert size={16} aria-hidden />,
  begin: <PhoneIncoming size={15} aria-hidden />,
};

interface Props {
  /** Null: a new one. */
  row: FlowRow | null;
  onClose: () => void;
  onCreated: (id: number) => void;
}

/** Waits for the newest version and the forms of the nodes; a new flow begins with an example. */
export default function FlowEditor({ row, ...rest }: Props) {
  const { t } = useTranslation();
  const versions = useQuery({
    queryKey: ['admin', 'flow-versions', row?.id],
    queryFn: ({ signal }) => get<FlowVersionRow[]>(`/api/v1/flows/${row?.id}/versions`, {}, signal),
    enabled: row !== null,
  });
  const forms = useQuery({
    queryKey: ['flow-forms'],
    queryFn: async ({ signal }) => {
      const [read] = await Promise.all([
        get<FlowForms>('/api/v1/flows/forms', {}, signal),
        withWords('flows'),
      ]);
      return formsOf(read);
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [example] = useState(() => exampleFlow(t));
  const published = row ? versions.data?.[0]?.draft : example;
  const kept = useKept(row?.id ?? 0);
  // Without the drafts of others one can still edit: they are looked for again with each that is kept.
  const [found, setFound] = useState<FlowDraftRow | null | undefined>(undefined);
  if (found === undefined && (kept.data !== undefined || kept.error)) setFound(kept.data ?? null);
  if (published === undefined || !forms.data || found === undefined) {
    const failed = [versions, forms].find((it) => it.error);
    return (
      <section className={`panel ${css.gone}`}>
        {failed ? (
          <ErrorState text={problemText(failed.error)} onRetry={() => void failed.refetch()} />
        ) : (
          <Loading rows={10} />
        )}
      </section>
    );
  }
  return (
    <Opened row={row} published={published} found={found} versions={versions} forms={forms.data} {...rest} />
  );
}

interface OpenedProps extends Props {
  published: Draft;
  /** What was being edited when this was opened. */
  found: FlowDraftRow | null;
  forms: Forms;
  versions: { data: FlowVersionRow[] | undefined; error: unknown; refetch: () => unknown };
}
type Side = 'node' | 'try' | 'versions';

function Opened({ row, published, found, forms, versions, onClose, onCreated }: OpenedProps) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const [first] = useState(() => found?.draft ?? published);
  const [history, setHistory] = useState<History>(() => begun(first));
  const draft = history.now;
  const change = useCallback(
    (next: Draft | ((now: Draft) => Draft), tag = '') =>
      setHistory((old) => changed(old, typeof next === 'function' ? next(old.now) : next, tag)),
    [],
  );
  const [view, setView] = useState<'picture' | 'text'>('picture');
  const [side, setSide] = useState<Side>('node');
  const [selected, setSelected] = useState('');
  const [spot, setSpot] = useState<Spot | null>(null);
  const chosen = selected in draft.nodes ? selected : '';
  const keys = useMemo(() => Object.keys(draft.nodes), [draft]);

  const takeText = useCallback((read: Draft) => change(read, 'text'), [change]);
  const checked = useChecked(draft, view === 'text', takeText);
  const { problems, text } = checked;
  const keeping = useDraftKept(row?.id ?? 0, row?.version ?? 0, draft, first, found);
  // What the server keeps already is not lost by leaving.
  const isOver = useRef(false);
  useGuard(() => !isOver.current && (keeping.isUnsaved(draft) || checked.isTyped));
  const isFit = checked.isChecked && !problems.length && checked.written !== null;
  // A test that leads elsewhere is best looked at by a rehearsal.
  const isRunnable = checked.isChecked && problems.every((it) => it.place.startsWith('tests'));
  const newest = versions.data?.[0]?.draft;
  const isChanged = !newest || !checked.written || !isSame(checked.written, newest);
  const unfit = useMemo(
    () => new Set(problems.flatMap(({ place }) => nodeOfPlace(place, keys) ?? [])),
    [problems, keys],
  );
  const nodes = useMemo(() => outline(draft), [draft]);

  const { names, things, numbers, nameOf } = useNames(row);
  const { zone } = useMe();
  const [steps, setSteps] = useState<readonly RehearsalStep[] | null>(null);
  const [shown, setShown] = useState(0);
  const lit = useMemo(
    () => (steps && side === 'try' ? litOf(draft, forms, steps, shown) : null),
    [draft, forms, steps, shown, side],
  );
  useWalk(steps, shown, setShown);
  // The picture follows the call; of a flow that is called, the node that calls it.
  const at = steps && side === 'try' ? steps[shown - 1]?.node.split('/')[0] : undefined;
  useEffect(() => {
    if (at) setSelected(at);
  }, [at]);
  const run = useMutation({
    mutationFn: (test: FlowTest) =>
      post<RehearsalStep[]>('/api/v1/flows/rehearse', {
        draft: checked.written ?? draft,
        caller: test.caller ?? '',
        number: test.number ?? '',
        ...(test.at ? { at: momentOf(test.at.slice(0, 10), test.at.slice(11, 16), zone) } : {}),
        typed: test.typed ?? [],
        facts: test.facts ?? {},
        answers: test.answers ?? {},
      }),
    onSuccess: (gone) => takeSteps(gone),
  });
  const takeSteps = (gone: readonly RehearsalStep[]) => {
    setSteps(gone);
    setShown(1);
  };
  // A call that goes on is where it is.
  const takeWay = (gone: readonly RehearsalStep[]) => {
    setSteps(gone);
    setShown(gone.length);
  };
  const tests = draft.tests ?? [];
  const setTests = (next: readonly FlowTest[]) => change((now) => ({ ...now, tests: [...next] }));
  const outcomeWords = (told: string) => outcomeText(told, names.queue);
  const traffic = useTraffic(row?.id ?? null, published, forms);
  const picture = useMemo(
    () => pictureOf(draft, forms, names, unfit, lit, traffic),
    [draft, forms, names, unfit, lit, traffic],
  );
  const area = useRef<FlowTextHandle>(null);
  const panel = useRef<HTMLDivElement>(null);
  const focusForm = (place?: string) => {
    setTimeout(() => {
      const field = place
        ? panel.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(place)}"]`)
        : null;
      const box = field ?? panel.current?.querySelector<HTMLElement>('section');
      const input = box?.matches('input, textarea, button')
        ? box
        : box?.querySelector<HTMLElement>('input, textarea');
      input?.focus();
      box?.scrollIntoView({ block: 'nearest' });
    }, 30);
  };
  const open = (key: string, place?: string) => {
    setSelected(key);
    if (view === 'text') {
      const span = spanOf(text, place ? `nodes.${key}.${place}` : `nodes.${key}`, keys);
      if (span) area.current?.show(span);
      return;
    }
    setSide('node');
    focusForm(place);
  };
  const pickProblem = (place: string) => {
    const key = nodeOfPlace(place, keys);
    if (view === 'text') {
      const span = spanOf(text, place, keys);
      if (span) area.current?.show(span);
    } else if (key) open(key, place.slice(`nodes.${key}.`.length));
    else if (place === 'name') document.getElementById('flow-name')?.focus();
  };
  const focusCard = (key: string) =>
    setTimeout(() => document.querySelector<HTMLElement>(`[data-card="${CSS.escape(key)}"]`)?.focus(), 60);

  const insert = (kind: string) => {
    if (!spot) return;
    const made = insertAt(draft, spot, kind, forms);
    setSpot(null);
    change(made.draft);
    open(made.key);
  };
  const insertAfter = (key: string) => {
    const exit = mainExit(nodeOf(draft, key), forms);
    if (exit) setSpot({ key, exit: exit.name });
  };
  const remove = (key: string) => {
    const led = mainExit(nodeOf(draft, key), forms)?.target ?? '';
    const next = removeNode(draft, key, forms);
    change(next);
    const after = led in next.nodes ? led : next.start;
    setSelected(after);
    if (document.activeElement?.closest('[data-card]')) focusCard(after);
  };
  const join = (at: Spot, target: string) => change((now) => connect(now, at, target, forms));
  const select = (key: string) => {
    setSelected(key);
    if (key) setSide('node');
  };

  const step = useCallback((back: boolean) => setHistory(back ? undone : redone), []);
  useEffect(() => {
    const keyDown = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.code !== 'KeyZ') return;
      // A field that is being typed in undoes its own letters.
      if ((event.target as HTMLElement).closest?.('input, textarea')) return;
      event.preventDefault();
      step(!event.shiftKey);
    };
    document.addEventListener('keydown', keyDown);
    return () => document.removeEventListener('keydown', keyDown);
  }, [step]);

  const publish = useMutation({
    mutationFn: (sent: Draft) =>
      row
        ? put<FlowPublication>(`/api/v1/flows/${row.id}`, sent)
        : post<FlowPublication>('/api/v1/flows', sent),
    onSuccess: async (done) => {
      keeping.settle(history.now);
      setOld(true);
      checked.forget();
      await refresh(queries);
      toast(t('admin.flows.published', { version: done.version }));
      if (!row) onCreated(done.id);
    },
  });
  const retire = useMutation({
    mutationFn: () => del(`/api/v1/flows/${row?.id}`),
    onSuccess: async () => {
      isOver.current = true;
      onClose();
      await refresh(queries);
      toast(t('admin.removed'));
    },
  });
  const refused = publish.error ?? retire.error;
  const take = async (version: FlowVersionRow) => {
    const isLost = isChanged && !versions.data?.some((it) => isSame(it.draft, checked.written));
    if (
      isLost &&
      !(await ask({
        title: t('admin.flows.versions.take_title', { version: version.version }),
        text: t('admin.flows.versions.take_text'),
        confirm: t('admin.flows.versions.take'),
      }))
    ) {
      return;
    }
    checked.forget();
    change(version.draft);
  };

  // The word about the draft that was found goes when it is given up or published.
  const [isOld, setOld] = useState(false);
  const giveUp = async () => {
    const isSure = await ask({
      title: t('flows.draft.drop_title'),
      text: t('flows.draft.drop_text'),
      confirm: t('flows.draft.drop'),
      danger: true,
    });
    if (!isSure) return;
    await keeping.drop();
    checked.forget();
    keeping.settle(published);
    change(published);
    setOld(true);
  };

  const scene = useFieldsScene({
    draft,
    forms,
    names,
    things,
    chosen,
    problems,
    change,
    onNew: (exit) => setSpot({ key: chosen, exit }),
  });
  const target = spot ? spotTitle(draft, spot, forms) : null;
  return (
    <section className={css.editor} aria-labelledby="flow-title" data-wide>
      <header className={css.head}>
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<ArrowLeft size={16} aria-hidden />}
          onClick={onClose}
        >
          {t('admin.flows.title')}
        </Button>
        <h2 id="flow-title" className="visually-hidden">
          {row?.name ?? t('admin.flows.new')}
        </h2>
        <TextInput
          id="flow-name"
          className={css.title ?? ''}
          aria-label={t('flows.flow_name')}
          error={problems.some((it) => it.place === 'name')}
          value={draft.name === '-' ? '' : draft.name}
          onChange={(event) => {
            const { value } = event.currentTarget;
            change((now) => ({ ...now, name: value || '-' }), 'name');
          }}
        />
        {row ? <Chip tone="mute">{t('admin.flows.versions.one', { version: row.version })}</Chip> : null}
        <div className={css.state} role="status">
          {!checked.isChecked ? (
            <span>{t('admin.flows.checking')}</span>
          ) : problems.length ? (
            <span className={css.badWord}>
              <CircleAlert size={16} aria-hidden />
              {t('admin.flows.to_mend', { count: problems.length })}
            </span>
          ) : (
            <span className={css.fit}>
              <CircleCheck size={16} aria-hidden />
              {t(isChanged ? 'admin.flows.fit' : 'admin.flows.unchanged')}
            </span>
          )}
        </div>
        {keeping.state === 'kept' || keeping.state === 'keeping' || keeping.state === 'lost' ? (
          <span className={css.kept}>
            {keeping.state === 'kept'
              ? t('flows.draft.kept', { time: clock(keeping.at) })
              : keeping.state === 'keeping'
                ? t('flows.draft.keeping')
                : t('flows.draft.lost', { why: problemText(keeping.error) })}
          </span>
        ) : null}
        <span className={css.grow} />
        <SmallButton label={t('flows.undo')} disabled={!history.past.length} onClick={() => step(true)}>
          <Undo2 size={16} aria-hidden />
        </SmallButton>
        <SmallButton label={t('flows.redo')} disabled={!history.future.length} onClick={() => step(false)}>
          <Redo2 size={16} aria-hidden />
        </SmallButton>
        <fieldset className={css.views}>
          <legend className="visually-hidden">{t('flows.view')}</legend>
          {(['picture', 'text'] as const).map((it) => (
            <button
              key={it}
              type="button"
              aria-pressed={view === it}
              disabled={it === 'picture' && checked.isUnreadable}
              title={it === 'picture' && checked.isUnreadable ? t('flows.text_unreadable') : undefined}
              onClick={() => {
                checked.forget();
                setView(it);
              }}
            >
              {t(`flows.views.${it}`)}
            </button>
          ))}
        </fieldset>
        {row ? (
          <SmallButton
            label={t('admin.flows.retire')}
            onClick={async () => {
              const isSure = await ask({
                title: t('admin.flows.retire_title', { name: row.name }),
                text: t('admin.flows.retire_text'),
                confirm: t('admin.flows.retire'),
                danger: true,
              });
              if (isSure) retire.mutate();
            }}
          >
            <Trash2 size={16} aria-hidden />
          </SmallButton>
        ) : null}
        <Button
          disabled={!isFit || !isChanged}
          loading={publish.isPending}
          onClick={() => checked.written && publish.mutate(checked.written)}
        >
          {t('admin.flows.publish')}
        </Button>
        {keeping.other ? (
          <p className={css.draft} role="alert">
            <span>
              {t('flows.draft.other', {
                name: nameOf(keeping.other.saved_by),
                time: dayTime(keeping.other.saved_at),
              })}
            </span>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                const { other } = keeping;
                if (!other) return;
                checked.forget();
                keeping.follow(other);
                change(other.draft);
              }}
            >
              {t('flows.draft.take')}
            </Button>
            <Button size="compact-sm" variant="default" onClick={keeping.insist}>
              {t('flows.draft.mine')}
            </Button>
          </p>
        ) : found && !isOld ? (
          <p className={css.draft}>
            <span>
              {t('flows.draft.of', { name: nameOf(found.saved_by), time: dayTime(found.saved_at) })}
            </span>
            <Button size="compact-sm" variant="default" onClick={() => void giveUp()}>
              {t('flows.draft.drop')}
            </Button>
          </p>
        ) : null}
        {refused ? (
          <p className={css.refused} role="alert">
            {problemText(refused)}
          </p>
        ) : null}
      </header>
      <div className={css.panes}>
        <aside className={`panel ${css.left}`}>
          <ProblemList
            problems={problems}
            keys={keys}
            lineOf={view === 'text' ? (problem) => checked.spanOfProblem(problem, keys)?.line ?? null : null}
            onPick={(problem) => {
              const span = view === 'text' ? checked.spanOfProblem(problem, keys) : null;
              if (span) area.current?.show(span);
              else pickProblem(problem.place);
            }}
          />
          <Outline
            draft={draft}
            forms={forms}
            names={names}
            selected={chosen}
            unfit={unfit}
            onSelect={select}
            onOpen={open}
            onInsert={setSpot}
            onInsertAfter={insertAfter}
            onRemove={remove}
            onConnect={join}
          />
        </aside>
        <div className={`panel ${css.middle}`}>
          {view === 'text' ? (
            <>
              <FlowText
                handle={area}
                label={t('admin.flows.text')}
                describedBy="flow-text-help"
                value={text}
                onChange={checked.onText}
                onCheck={checked.hurry}
                marked={checked.markedLines(keys)}
              />
              <p id="flow-text-help" className={css.textHint}>
                {t('admin.flows.text_help')}
              </p>
            </>
          ) : (
            <Suspense fallback={<Loading rows={8} />}>
              <Canvas
                picture={picture}
                selected={chosen}
                neighbour={neighbour}
                icons={ICONS}
                onSelect={select}
                onOpen={open}
                onInsert={setSpot}
                onInsertAfter={insertAfter}
                onRemove={remove}
                onConnect={join}
              />
            </Suspense>
          )}
        </div>
        <aside className={`panel ${css.right}`} ref={panel}>
          <Tabs
            value={side}
            onChange={(next) => setSide((next as Side) ?? 'node')}
            className={css.tabs ?? ''}
            keepMounted
          >
            <Tabs.List grow>
              <Tabs.Tab value="node">{t('flows.side.node')}</Tabs.Tab>
              <Tabs.Tab value="try">{t('flows.side.try')}</Tabs.Tab>
              {row ? <Tabs.Tab value="versions">{t('admin.flows.versions.title')}</Tabs.Tab> : null}
            </Tabs.List>
            <Tabs.Panel value="node" className={css.tab ?? ''}>
              {scene ? (
                <NodeForm
                  nodeKey={chosen}
                  isStart={draft.start === chosen}
                  messages={problems
                    .filter((it) => it.place === `nodes.${chosen}`)
                    .map((it) => problemSentence(it))}
                  scene={scene}
                  isFree={(name) => renameNode(draft, chosen, name, forms) !== null}
                  onRename={(name) => {
                    const next = renameNode(draft, chosen, name, forms);
                    if (!next) return;
                    change(next);
                    setSelected(name.trim());
                  }}
                  onDuplicate={() => {
                    const made = duplicateNode(draft, chosen);
                    change(made.draft);
                    setSelected(made.key);
                  }}
                  onRemove={() => remove(chosen)}
                  onStart={() => change((now) => ({ ...now, start: chosen }))}
                />
              ) : (
                <div className={css.form}>
                  <p className={css.hint}>{t('flows.nothing_chosen')}</p>
                  <dl className={css.help}>
                    {(['walk', 'open', 'insert', 'remove', 'undo', 'pull'] as const).map((it) => (
                      <div key={it}>
                        <dt>{t(`flows.keys.${it}`)}</dt>
                        <dd>{t(`flows.help.${it}`)}</dd>
                      </div>
                    ))}
                  </dl>
                </div>
              )}
            </Tabs.Panel>
            <Tabs.Panel value="try" className={css.tab ?? ''}>
              <Suspense fallback={<Loading rows={4} />}>
                <FlowRehearsal
                  draft={isRunnable ? checked.written : null}
                  nodes={nodes}
                  numbers={numbers}
                  queueName={names.queue}
                  onPick={setSelected}
                  steps={steps}
                  shown={shown}
                  onSteps={takeSteps}
                  onShown={setShown}
                  onKeep={(test) => setTests([...tests, test])}
                  kept={tests.map((it) => it.name)}
                />
                <TrialCall draft={isRunnable ? checked.written : null} numbers={numbers} onSteps={takeWay} />
                <Tests
                  tests={tests}
                  problems={problems}
                  isChecked={checked.isChecked}
                  outcome={outcomeWords}
                  onRun={(test) => run.mutate(test)}
                  onRemove={(place) => setTests(tests.filter((_, at) => at !== place))}
                  onTake={(place, test) => setTests(tests.map((it, at) => (at === place ? test : it)))}
                />
                {run.error ? <p className={css.bad}>{problemText(run.error)}</p> : null}
              </Suspense>
            </Tabs.Panel>
            <Tabs.Panel value="versions" className={css.tab ?? ''}>
              <Suspense fallback={<Loading rows={4} />}>
                <FlowVersions
                  versions={versions.data}
                  error={versions.error}
                  onRetry={() => void versions.refetch()}
                  draft={checked.isChecked ? checked.written : null}
                  onTake={(version) => void take(version)}
                />
              </Suspense>
            </Tabs.Panel>
          </Tabs>
        </aside>
      </div>
      {target !== null ? (
        <KindPalette
          forms={forms}
          title={target ? t('flows.insert_title', { place: target }) : t('flows.insert_first')}
          onChoose={insert}
          onClose={() => setSpot(null)}
        />
      ) : null}
    </section>
  );
}

const STEP_MS = 550;

/** Goes through what was rehearsed step by step, as a call would. */
function useWalk(
  steps: readonly RehearsalStep[] | null,
  shown: number,
  setShown: (shown: number) => void,
): void {
  const walked = useRef<readonly RehearsalStep[] | null>(null);
  useEffect(() => {
    // Once for each rehearsal; whoever then goes back is left alone.
    if (!steps || walked.current === steps) return;
    if (shown >= steps.length || window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
      walked.current = steps;
      setShown(steps.length);
      return;
    }
    const timer = setTimeout(() => setShown(shown + 1), STEP_MS);
    return () => clearTimeout(timer);
  }, [steps, shown, setShown]);
}

function spotTitle(draft: Draft, spot: Spot, forms: Forms): string {
  if (!spot.key) return '';
  const node = nodeOf(draft, spot.key);
  const exit = exitsOf(node, forms).find((it) => it.name === spot.exit);
  return exit ? `${spot.key} · ${exitName(node, exit)}` : spot.key;
}

/** Names of the things that flows mention; only of those that this person may see. */
function useNames(row: FlowRow | null) {
  const { t } = useTranslation();
  const looks = useCan('watch.board');
  const mayQueues = useCan('manage.queues');
  const queues = useThings('queues', { may: mayQueues || looks }).data;
  const maySkills = useCan('manage.skills');
  const skills = useThings('skills', { may: maySkills || looks }).data;
  const flows = useThings('flows').data;
  const mayPeople = useCan('manage.people');
  const people = useThings('people', { may: mayPeople || looks }).data;
  const mayNumbers = useCan('manage.numbers');
  const numbers = useThings('numbers', { may: mayNumbers || looks }).data;
  const names = useMemo<Names>(
    () => ({
      queue: (id) =>
        id ? (queues?.find((it) => it.id === id)?.name ?? `№ ${id}`) : t('admin.flows.queue_of_number'),
      flow: (id) => flows?.find((it) => it.id === id)?.name ?? `№ ${id}`,
      agent: (text) => people?.find((it) => String(it.id) === text)?.name ?? text,
    }),
    [queues, flows, people, t],
  );
  const things = useMemo<FieldsScene['things']>(
    () => ({
      queue: choices(queues),
      skill: choices(skills),
      flow: choices(flows?.filter((it) => it.id !== row?.id)),
      agent: choices(people?.filter((it) => !it.is_blocked && !it.is_robot)),
    }),
    [queues, skills, flows, people, row?.id],
  );
  const called = useMemo(
    () => numbers ?? row?.numbers.map((number) => ({ number, name: '' })) ?? [],
    [numbers, row?.numbers],
  );
  return { names, things, numbers: called, nameOf: useAuthors() };
}

/** What conditions may look at, besides what the flow itself notes. */
const FACTS = [
  'caller',
  'caller.country',
  'number',
  'language',
  'last_agent',
  'customer.class',
  'customer.nps',
  'customer.consent_calls',
  'customer.consent_recording',
  'customer.consent_mail',
  'queue.waiting',
  'queue.ready',
  'queue.expected_wait_seconds',
];

function useFieldsScene({
  draft,
  forms,
  things,
  chosen,
  problems,
  change,
  onNew,
}: {
  draft: Draft;
  forms: Forms;
  names: Names;
  things: FieldsScene['things'];
  chosen: string;
  problems: readonly { code: string; place: string; detail: string }[];
  change: (next: (now: Draft) => Draft, tag?: string) => void;
  onNew: (exit: string) => void;
}): FieldsScene | null {
  const targets = useMemo(
    () =>
      Object.keys(draft.nodes).map((key) => ({
        value: key,
        label: `${key} · ${kindName(kindOf(draft, key))}`,
      })),
    [draft],
  );
  const facts = useMemo(() => {
    const noted = Object.values(draft.nodes).flatMap((node) => {
      const plain = node as Record<string, unknown>;
      return [...Object.keys((plain.variables as object) ?? {}), textOfValue(plain.variable)].filter(Boolean);
    });
    return [...new Set([...FACTS, ...noted])];
  }, [draft]);
  if (!chosen) return null;
  const kind = forms.kinds.get(kindOf(draft, chosen)) ?? {
    word: kindOf(draft, chosen),
    about: '',
    fields: Object.fromEntries(
      Object.keys(nodeOf(draft, chosen))
        .filter((it) => it !== 'node')
        .map((name) => [name, {}]),
    ),
    required: [],
    roles: new Map(),
    exits: [],
  };
  const inside = `nodes.${chosen}.`;
  return {
    kind,
    forms,
    node: nodeOf(draft, chosen),
    targets: targets.filter((it) => it.value !== chosen || kind.word === 'menu'),
    facts,
    things,
    problems: new Map(
      problems
        .filter((it) => it.place.startsWith(inside))
        .map((it) => [it.place.slice(inside.length), problemSentence(it)]),
    ),
    onChange: (path, value, tag) =>
      change((now) => setField(now, chosen, path, value), tag === undefined ? '' : `${chosen} ${tag}`),
    onTarget: (path, target) => change((now) => setField(now, chosen, path, target)),
    onNew,
  };
}
