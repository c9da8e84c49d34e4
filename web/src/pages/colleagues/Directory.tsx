import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { FileUp, Pencil, Phone, Plus, Star, Trash2 } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, get, problemText, put } from '~/api/client';
import type { ColleagueRow, EntryRow, FavouriteKey, Directory as Found } from '~/api/gen';
import { named, useCan, useDeskWords, useMe } from '~/api/session';
import { prettyNumber } from '~/lib/number';
import type { AgentState } from '~/lib/state';
import { type DeskActions, useDeskActions } from '~/phone/useDeskActions';
import { useConfirm } from '~/ui/Confirm';
import { type Choice, type ChoiceGroup, FindOne } from '~/ui/FindOne';
import { ErrorState, Loading } from '~/ui/Notice';
import { StateBadge } from '~/ui/StateBadge';
import { toast } from '~/ui/toast';
import css from './Colleagues.module.css';

const EntryForm = lazy(() => import('./EntryForm'));
const TableImport = lazy(() => import('./TableImport'));

const REFRESH_MS = 3000;
const PAUSE_MS = 150;
const HERE = '/api/v1/directory';

/** Colleagues with their presence and people outside: typing finds, Enter calls. */
export default function Directory() {
  return useMe().agent ? <AgentDirectory /> : <Lists desk={null} />;
}

function AgentDirectory() {
  return <Lists desk={useDeskActions()} />;
}

type Chosen = { kind: 'person'; row: ColleagueRow } | { kind: 'entry'; row: EntryRow };

function Lists({ desk }: { desk: DeskActions | null }) {
  const { t } = useTranslation();
  const keeps = useCan('manage.directory');
  const words = useDeskWords();
  const queries = useQueryClient();
  const [query, setQuery] = useState('');
  const [active, setActive] = useState<string | null>(null);
  const [edited, setEdited] = useState<EntryRow | 'new' | null>(null);
  const [importing, setImporting] = useState(false);
  const find = useSettled(query.trim());
  const { data, error, refetch } = useQuery({
    queryKey: ['directory', find],
    queryFn: ({ signal }) => get<Found>(HERE, { find }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
    staleTime: 0,
  });
  const favourites = useMemo(() => data?.favourites ?? [], [data]);
  const isFavourite = (kind: FavouriteKey['kind'], id: number) =>
    favourites.some((it) => it.kind === kind && it.id === id);
  const groups = useMemo<ChoiceGroup[]>(() => {
    if (!data) return [];
    const starred = new Set(data.favourites.map((it) => `${it.kind} ${it.id}`));
    const star = (key: string) =>
      starred.has(key) ? (
        <Star size={13} className={css.star} aria-label={t('colleagues.favourite')} />
      ) : null;
    const people = {
      title: t('colleagues.people'),
      choices: data.colleagues.map<Choice>((it) => {
        const reason = it.state === 'not_ready' ? words.reason(it.reason_id) : undefined;
        const key = `person ${it.id}`;
        return {
          key,
          name: it.name,
          detail: (
            <>
              {star(key)} {it.team_ids.map((id) => data.teams[id]).join(', ')}
            </>
          ),
          mark: it.state ? (
            <StateBadge state={it.state as AgentState} {...(reason ? { label: named(reason) } : {})} />
          ) : null,
        };
      }),
    };
    const outside = {
      title: t('colleagues.outside'),
      choices: data.entries.map<Choice>((it) => {
        const key = `entry ${it.id}`;
        return {
          key,
          name: it.name,
          detail: (
            <>
              {star(key)} {it.company}
            </>
          ),
          mark: <span className={`num ${css.number}`}>{prettyNumber(it.number) || it.number}</span>,
        };
      }),
    };
    // One's own keys come first, in their order; with hundreds of colleagues the rest is found by typing.
    const all = new Map([...people.choices, ...outside.choices].map((it) => [it.key, it]));
    const own = data.favourites.flatMap((it) => all.get(`${it.kind} ${it.id}`) ?? []);
    const others = (choices: Choice[]) => choices.filter((it) => !starred.has(it.key));
    return [
      { title: t('colleagues.favourite'), choices: own },
      { ...people, choices: others(people.choices) },
      { ...outside, choices: others(outside.choices) },
    ];
  }, [data, words, t]);
  const [kind, id] = (active ?? '').split(' ');
  const person = kind === 'person' ? data?.colleagues.find((it) => it.id === Number(id)) : undefined;
  const entry = kind === 'entry' ? data?.entries.find((it) => it.id === Number(id)) : undefined;
  const chosen: Chosen | null = person
    ? { kind: 'person', row: person }
    : entry
      ? { kind: 'entry', row: entry }
      : null;
  const canCall = Boolean(
    chosen &&
      desk &&
      (chosen.kind === 'person' ? desk.can('call_colleague') && chosen.row.can_be_called : desk.can('dial')),
  );
  const call = () => {
    if (!canCall || !desk || !chosen) return;
    if (chosen.kind === 'person') void desk.callColleague(chosen.row.id);
    else void desk.dial(chosen.row.number);
  };
  const again = () => void queries.invalidateQueries({ queryKey: ['directory'] });
  const star = async () => {
    if (!chosen) return;
    const own: FavouriteKey = { kind: chosen.kind, id: chosen.row.id };
    const keys = isFavourite(own.kind, own.id)
      ? favourites.filter((it) => it.kind !== own.kind || it.id !== own.id)
      : [...favourites, own];
    try {
      await put(`${HERE}/speed-dial`, { keys });
      again();
    } catch (problem) {
      toast(problemText(problem), 'bad');
    }
  };
  if (error && !data) return <ErrorState text={problemText(error)} onRetry={() => void refetch()} />;
  return (
    <div className={css.directory}>
      <section className={`panel ${css.find}`} aria-label={t('colleagues.tab.directory')}>
        <FindOne
          label={t('colleagues.find')}
          query={query}
          onQuery={setQuery}
          groups={groups}
          active={active}
          onActive={setActive}
          onEnter={(other) => (other ? void star() : call())}
          empty={data ? t('colleagues.nothing') : ''}
        />
        {data ? null : <Loading rows={4} />}
        <div className={css.foot}>
          <span className="muted">
            {t(data?.has_more ? 'colleagues.more' : desk ? 'colleagues.hint' : 'colleagues.hint_no_desk')}
          </span>
          <span className={css.push} />
          {keeps ? (
            <Button
              variant="default"
              size="xs"
              leftSection={<FileUp size={15} aria-hidden />}
              onClick={() => setImporting(true)}
            >
              {t('colleagues.import.open')}
            </Button>
          ) : null}
          <Button size="xs" leftSection={<Plus size={15} aria-hidden />} onClick={() => setEdited('new')}>
            {t('colleagues.add')}
          </Button>
        </div>
      </section>
      <Card
        chosen={chosen}
        teams={data?.teams ?? {}}
        canCall={canCall}
        isFavourite={chosen ? isFavourite(chosen.kind, chosen.row.id) : false}
        onCall={desk ? call : null}
        onStar={() => void star()}
        onEdit={setEdited}
        onGone={again}
      />
      {edited ? (
        <Suspense>
          <EntryForm
            entry={edited === 'new' ? null : edited}
            teams={data?.teams ?? {}}
            onClose={(saved) => {
              setEdited(null);
              if (saved) again();
            }}
          />
        </Suspense>
      ) : null}
      {importing ? (
        <Suspense>
          <TableImport
            path={HERE}
            area="directory"
            targets={['name', 'company', 'phone', 'note']}
            onClose={() => {
              setImporting(false);
              again();
            }}
          />
        </Suspense>
      ) : null}
    </div>
  );
}

function Card({
  chosen,
  teams,
  canCall,
  isFavourite,
  onCall,
  onStar,
  onEdit,
  onGone,
}: {
  chosen: Chosen | null;
  teams: Record<string, string>;
  canCall: boolean;
  isFavourite: boolean;
  onCall: (() => void) | null;
  onStar: () => void;
  onEdit: (entry: EntryRow) => void;
  onGone: () => void;
}) {
  const { t } = useTranslation();
  const words = useDeskWords();
  const confirm = useConfirm();
  if (!chosen) {
    return <aside className={`panel ${css.card}`}>{<p className="muted">{t('colleagues.choose')}</p>}</aside>;
  }
  const remove = async (entry: EntryRow) => {
    const sure = await confirm({
      title: t('colleagues.remove_title', { name: entry.name }),
      text: t('colleagues.remove_text'),
      confirm: t('colleagues.remove'),
      danger: true,
    });
    if (!sure) return;
    try {
      await del(`${HERE}/entries/${entry.id}`);
      onGone();
    } catch (problem) {
      toast(problemText(problem), 'bad');
    }
  };
  const { row } = chosen;
  const reason =
    chosen.kind === 'person' && chosen.row.state === 'not_ready'
      ? words.reason(chosen.row.reason_id)
      : undefined;
  return (
    <aside className={`panel ${css.card}`} aria-label={row.name}>
      <h2>{row.name}</h2>
      {chosen.kind === 'person' ? (
        <>
          <p>
            {chosen.row.state ? (
              <StateBadge
                state={chosen.row.state as AgentState}
                large
                {...(reason ? { label: named(reason) } : {})}
              />
            ) : (
              t('colleagues.takes_no_calls')
            )}
          </p>
          {chosen.row.state && chosen.row.state !== 'signed_out' && !chosen.row.is_reachable ? (
            <p className={css.bad}>{t('colleagues.unreachable')}</p>
          ) : null}
          <p className="muted">{chosen.row.team_ids.map((id) => teams[id]).join(', ')}</p>
        </>
      ) : (
        <>
          <p className={`num ${css.big}`}>{prettyNumber(chosen.row.number) || chosen.row.number}</p>
          {chosen.row.company ? <p>{chosen.row.company}</p> : null}
          {chosen.row.note ? <p className={css.note}>{chosen.row.note}</p> : null}
          <p className="muted">
            {chosen.row.seen_by === 'teams'
              ? t('colleagues.seen.teams_named', {
                  teams: chosen.row.team_ids.map((id) => teams[id]).join(', '),
                })
              : t(`colleagues.seen.${chosen.row.seen_by}`)}
          </p>
        </>
      )}
      <div className={css.acts}>
        {onCall ? (
          <Button
            disabled={!canCall}
            leftSection={<Phone size={16} aria-hidden />}
            rightSection={<kbd className={css.key}>Enter</kbd>}
            onClick={onCall}
          >
            {t('colleagues.call')}
          </Button>
        ) : null}
        {onCall ? (
          <Button
            variant="default"
            aria-pressed={isFavourite}
            leftSection={<Star size={16} className={isFavourite ? css.star : ''} aria-hidden />}
            rightSection={<kbd className="kbd">Ctrl+Enter</kbd>}
            onClick={onStar}
          >
            {t(isFavourite ? 'colleagues.unstar' : 'colleagues.star')}
          </Button>
        ) : null}
        {chosen.kind === 'entry' && chosen.row.may_change ? (
          <span className={css.pair}>
            <Tooltip label={t('colleagues.edit')}>
              <ActionIcon
                variant="default"
                size={34}
                aria-label={t('colleagues.edit')}
                onClick={() => onEdit(chosen.row)}
              >
                <Pencil size={16} />
              </ActionIcon>
            </Tooltip>
            <Tooltip label={t('colleagues.remove')}>
              <ActionIcon
                variant="default"
                size={34}
                aria-label={t('colleagues.remove')}
                onClick={() => void remove(chosen.row)}
              >
                <Trash2 size={16} />
              </ActionIcon>
            </Tooltip>
          </span>
        ) : null}
      </div>
    </aside>
  );
}

/** The text after a pause in typing. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
