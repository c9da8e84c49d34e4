import { Button, Menu, Modal, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Copy, Ellipsis, LayoutDashboard, Maximize, Pencil, Plus, Share2, Trash2, Tv } from 'lucide-react';
import { lazy, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, get, post, problemText } from '~/api/client';
import type { DashboardFull, DashboardRow } from '~/api/gen/types.gen';
import { useCan } from '~/api/session';
import { useFreshness } from '~/live/hooks';
import { useConfirm } from '~/ui/Confirm';
import { EmptyState, ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import { useAddress } from '~/ui/useAddress';
import css from './Edit.module.css';
import { useDashboard } from './feed';
import { Grid } from './Grid';
import page from './Page.module.css';
import { ShareDialog } from './ShareDialog';

const Editor = lazy(async () => ({ default: (await import('./Editor')).Editor }));
const WallsDrawer = lazy(async () => ({ default: (await import('./WallsDrawer')).WallsDrawer }));
const TEMPLATES = ['', 'shift', 'hall', 'queues'] as const;

export default function DashboardsPage() {
  const { t } = useTranslation();
  const [address, setAddress] = useAddress();
  const [isNew, setIsNew] = useState(false);
  const mayMake = useCan('watch.board');
  const list = useQuery({
    queryKey: ['dashboards', 'all'],
    queryFn: ({ signal }) => get<DashboardRow[]>('/api/v1/dashboards', {}, signal),
  });
  const rows = list.data ?? [];
  const id = Number(address.id) || rows[0]?.id || 0;
  const isEditing = address.edit === 'true';
  if (list.error && !list.data) {
    return <ErrorState text={problemText(list.error)} onRetry={() => void list.refetch()} />;
  }
  if (!list.data) return <Loading rows={8} />;
  const groups = [
    { group: t('dashboards.own'), rows: rows.filter((one) => one.is_own) },
    { group: t('dashboards.of_centre'), rows: rows.filter((one) => !one.is_own && one.owner_id === null) },
    { group: t('dashboards.of_others'), rows: rows.filter((one) => !one.is_own && one.owner_id !== null) },
  ];
  return (
    <div className={page.page}>
      {id ? (
        <One
          key={id}
          id={id}
          rows={rows}
          isEditing={isEditing}
          onEdit={(on) => setAddress({ edit: on ? true : null })}
          onGone={() => setAddress({ id: null, edit: null })}
          onOpen={(next) => setAddress({ id: next, edit: null })}
          pick={
            <>
              <Select
                className={page.pick ?? ''}
                aria-label={t('dashboards.pick')}
                searchable
                allowDeselect={false}
                value={String(id)}
                data={groups
                  .filter((one) => one.rows.length)
                  .map((one) => ({
                    group: one.group,
                    items: one.rows.map((row) => ({ value: String(row.id), label: row.name })),
                  }))}
                onChange={(value) => value && setAddress({ id: value, edit: null })}
              />
              {mayMake ? (
                <Button
                  variant="default"
                  leftSection={<Plus size={16} aria-hidden />}
                  onClick={() => setIsNew(true)}
                >
                  {t('dashboards.new')}
                </Button>
              ) : null}
            </>
          }
        />
      ) : (
        <EmptyState icon={LayoutDashboard} title={t('dashboards.none')} text={t('dashboards.none_text')}>
          {mayMake ? <Button onClick={() => setIsNew(true)}>{t('dashboards.new')}</Button> : null}
        </EmptyState>
      )}
      {isNew ? (
        <NewDashboard
          onClose={() => setIsNew(false)}
          onMade={(made) => {
            setIsNew(false);
            setAddress({ id: made.id, edit: true });
          }}
        />
      ) : null}
    </div>
  );
}

function One({
  id,
  rows,
  isEditing,
  onEdit,
  onGone,
  onOpen,
  pick,
}: {
  id: number;
  rows: readonly DashboardRow[];
  isEditing: boolean;
  onEdit: (on: boolean) => void;
  onGone: () => void;
  onOpen: (id: number) => void;
  pick: React.ReactNode;
}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const ask = useConfirm();
  const mayMake = useCan('watch.board');
  const mayWall = useCan('watch.wall');
  const [isSharing, setIsSharing] = useState(false);
  const [isWalls, setIsWalls] = useState(false);
  const area = useRef<HTMLDivElement>(null);
  const freshness = useFreshness();
  const shown = useDashboard(id);
  const found = useQuery({
    queryKey: ['dashboards', id],
    queryFn: ({ signal }) => get<DashboardFull>(`/api/v1/dashboards/${id}`, {}, signal),
    retry: false,
  });
  const again = () => queries.invalidateQueries({ queryKey: ['dashboards', 'all'] });
  const copy = useMutation({
    mutationFn: (one: DashboardFull) =>
      post<DashboardFull>('/api/v1/dashboards', {
        name: t('dashboards.copy_name', { name: one.name }).slice(0, 100),
        tiles: one.layout,
      }),
    onSuccess: async (made) => {
      await again();
      onOpen(made.id);
    },
    onError: (error) => toast(problemText(error), 'bad'),
  });
  const remove = useMutation({
    mutationFn: () => del(`/api/v1/dashboards/${id}`),
    onSuccess: async () => {
      onGone();
      await again();
    },
    onError: (error) => toast(problemText(error), 'bad'),
  });
  if (found.error || shown === null) {
    return (
      <>
        <div className={css.bar}>{pick}</div>
        <ErrorState
          title={t('dashboards.gone')}
          text={found.error ? problemText(found.error) : t('dashboards.gone_text')}
          onRetry={onGone}
        />
      </>
    );
  }
  const one = found.data;
  if (isEditing && one?.may_change) {
    return (
      <Suspense fallback={<Loading rows={8} />}>
        <Editor key={one.version} found={one} shown={shown} onDone={() => onEdit(false)} />
      </Suspense>
    );
  }
  return (
    <>
      <div className={css.bar}>
        {pick}
        {one && !one.is_own ? (
          <span className="muted">
            {one.owner_id ? t('dashboards.owner', { name: one.owner_name }) : t('dashboards.owner_centre')}
          </span>
        ) : null}
        <span className={css.push} />
        {freshness === 'fresh' ? null : (
          <span className={page.stale} role="status">
            {t('dashboards.wall.reconnecting')}
          </span>
        )}
        {one?.may_change ? (
          <Button
            variant="default"
            leftSection={<Pencil size={15} aria-hidden />}
            onClick={() => onEdit(true)}
          >
            {t('dashboards.change')}
          </Button>
        ) : one && mayMake ? (
          <Button
            variant="default"
            leftSection={<Copy size={15} aria-hidden />}
            loading={copy.isPending}
            onClick={() => copy.mutate(one)}
          >
            {t('dashboards.copy')}
          </Button>
        ) : null}
        {mayWall ? (
          <Button
            variant="default"
            leftSection={<Tv size={15} aria-hidden />}
            onClick={() => setIsWalls(true)}
          >
            {t('dashboards.to_wall')}
          </Button>
        ) : null}
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <Button variant="default" px={10} aria-label={t('dashboards.more_actions')}>
              <Ellipsis size={16} aria-hidden />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<Maximize size={15} aria-hidden />}
              onClick={() => void area.current?.requestFullscreen?.()}
            >
              {t('dashboards.full_screen')}
            </Menu.Item>
            {one?.may_change ? (
              <Menu.Item leftSection={<Share2 size={15} aria-hidden />} onClick={() => setIsSharing(true)}>
                {t('dashboards.share.open')}
              </Menu.Item>
            ) : null}
            {one && mayMake ? (
              <Menu.Item leftSection={<Copy size={15} aria-hidden />} onClick={() => copy.mutate(one)}>
                {t('dashboards.copy')}
              </Menu.Item>
            ) : null}
            {one?.may_change ? (
              <Menu.Item
                leftSection={<Trash2 size={15} aria-hidden />}
                onClick={() =>
                  void ask({
                    title: t('dashboards.remove_title', { name: one.name }),
                    text: t('dashboards.remove_text'),
                    confirm: t('dashboards.remove'),
                    danger: true,
                  }).then((yes) => yes && remove.mutate())
                }
              >
                {t('dashboards.remove')}
              </Menu.Item>
            ) : null}
          </Menu.Dropdown>
        </Menu>
      </div>
      <div ref={area} className={page.area} data-stale={freshness === 'stale' || undefined}>
        {!shown ? (
          <Loading rows={8} />
        ) : shown.layout.length ? (
          <Grid shown={shown} />
        ) : (
          <EmptyState icon={LayoutDashboard} title={t('dashboards.empty')}>
            {one?.may_change ? <Button onClick={() => onEdit(true)}>{t('dashboards.change')}</Button> : null}
          </EmptyState>
        )}
      </div>
      {isSharing && one ? <ShareDialog found={one} onClose={() => setIsSharing(false)} /> : null}
      {isWalls ? (
        <Suspense fallback={null}>
          <WallsDrawer dashboards={rows} first={id} onClose={() => setIsWalls(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

function NewDashboard({ onClose, onMade }: { onClose: () => void; onMade: (made: DashboardFull) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [template, setTemplate] = useState('shift');
  const make = useMutation({
    mutationFn: () => post<DashboardFull>('/api/v1/dashboards', { name, ...(template ? { template } : {}) }),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['dashboards', 'all'] });
      onMade(made);
    },
    onError: (error) => toast(problemText(error), 'bad'),
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('dashboards.new')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className={css.form}
        onSubmit={(e) => {
          e.preventDefault();
          make.mutate();
        }}
      >
        <TextInput
          label={t('dashboards.name')}
          required
          data-autofocus
          value={name}
          maxLength={100}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        <Select
          label={t('dashboards.template.begin')}
          allowDeselect={false}
          value={template}
          data={TEMPLATES.map((one) => ({ value: one, label: t(`dashboards.template.${one || 'empty'}`) }))}
          onChange={(value) => setTemplate(value ?? '')}
        />
        <div className={css.pair}>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={make.isPending} disabled={!name.trim()}>
            {t('dashboards.make')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
