import {
  Button,
  CopyButton,
  Drawer,
  Group,
  MultiSelect,
  NumberInput,
  SegmentedControl,
  Select,
  TextInput,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Check, Copy, ExternalLink, Tv } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, get, post, problemText } from '~/api/client';
import type { DashboardRow, WallRow } from '~/api/gen/types.gen';
import { day, when } from '~/lib/format';
import { useConfirm } from '~/ui/Confirm';
import { EmptyState } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Edit.module.css';
import list from './Page.module.css';

const LIVES = ['', '1', '7', '30', '365'] as const;
const DAY_MS = 24 * 3600_000;

/** Links that open dashboards on a television without a sign-in. */
export function WallsDrawer({
  dashboards,
  first,
  onClose,
}: {
  dashboards: readonly DashboardRow[];
  first: number;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const queries = useQueryClient();
  const [made, setMade] = useState<WallRow | null>(null);
  const walls = useQuery({
    queryKey: ['dashboards', 'walls'],
    queryFn: ({ signal }) => get<WallRow[]>('/api/v1/walls', {}, signal),
  });
  const again = () => queries.invalidateQueries({ queryKey: ['dashboards', 'walls'] });
  const revoke = useMutation({
    mutationFn: (id: number) => del(`/api/v1/walls/${id}`),
    onSuccess: async () => {
      await again();
      toast(t('dashboards.walls.revoked'));
    },
    onError: (error) => toast(problemText(error), 'bad'),
  });
  const nameOf = new Map(dashboards.map((one) => [one.id, one.name]));
  const shown = (walls.data ?? []).filter((wall) => wall.dashboard_ids.length);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={520}
      title={t('dashboards.walls.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {made?.token ? (
        <Made wall={made} onDone={() => setMade(null)} />
      ) : (
        <NewWall
          dashboards={dashboards}
          first={first}
          onMade={(wall) => {
            setMade(wall);
            void again();
          }}
        />
      )}
      <h3>{t('dashboards.walls.list')}</h3>
      {walls.data && !shown.length ? <EmptyState icon={Tv} title={t('dashboards.walls.none')} /> : null}
      <ul className={list.walls}>
        {shown.map((wall) => (
          <li key={wall.id}>
            <div>
              <strong>{wall.name}</strong>
              <small>
                {wall.dashboard_ids.map((id) => nameOf.get(id) ?? t('dashboards.walls.other')).join(', ')}
                {wall.turn_seconds ? ` · ${t('dashboards.walls.turns', { seconds: wall.turn_seconds })}` : ''}
              </small>
              <small>
                {wall.last_used_at
                  ? t('dashboards.walls.used', { time: when(wall.last_used_at) })
                  : t('dashboards.walls.never')}
                {wall.expires_at ? ` · ${t('dashboards.walls.until', { day: day(wall.expires_at) })}` : ''}
                {` · ${t('dashboards.walls.by', { name: wall.made_by })}`}
              </small>
            </div>
            <Button
              size="compact-sm"
              variant="default"
              aria-label={t('dashboards.walls.revoke_of', { name: wall.name })}
              onClick={() =>
                void ask({
                  title: t('dashboards.walls.revoke_of', { name: wall.name }),
                  text: t('dashboards.walls.revoke_text'),
                  confirm: t('dashboards.walls.revoke'),
                  danger: true,
                }).then((yes) => yes && revoke.mutate(wall.id))
              }
            >
              {t('dashboards.walls.revoke')}
            </Button>
          </li>
        ))}
      </ul>
    </Drawer>
  );
}

function Made({ wall, onDone }: { wall: WallRow; onDone: () => void }) {
  const { t } = useTranslation();
  const address = `${location.origin}/wall/${wall.token ?? ''}`;
  return (
    <div className={css.form} role="status">
      <p className={css.help}>{t('dashboards.walls.once')}</p>
      <TextInput
        label={t('dashboards.walls.address')}
        value={address}
        readOnly
        onFocus={(e) => e.currentTarget.select()}
      />
      <Group gap={8}>
        <CopyButton value={address}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              leftSection={copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
              onClick={copy}
            >
              {copied ? t('common.copied') : t('common.copy')}
            </Button>
          )}
        </CopyButton>
        <Button
          component="a"
          href={address}
          target="_blank"
          rel="noopener noreferrer"
          variant="default"
          leftSection={<ExternalLink size={15} aria-hidden />}
        >
          {t('dashboards.walls.open')}
        </Button>
        <Button onClick={onDone}>{t('dashboards.walls.noted')}</Button>
      </Group>
    </div>
  );
}

function NewWall({
  dashboards,
  first,
  onMade,
}: {
  dashboards: readonly DashboardRow[];
  first: number;
  onMade: (wall: WallRow) => void;
}) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [ids, setIds] = useState<string[]>([String(first)]);
  const [turn, setTurn] = useState<string | number>(30);
  const [theme, setTheme] = useState<'dark' | 'light'>('dark');
  const [language, setLanguage] = useState('');
  const [lives, setLives] = useState('');
  const make = useMutation({
    mutationFn: () =>
      post<WallRow>('/api/v1/walls', {
        name,
        dashboard_ids: ids.map(Number),
        turn_seconds: ids.length > 1 ? Math.round(Number(turn)) || 30 : 0,
        theme,
        language,
        expires_at: lives ? new Date(Date.now() + Number(lives) * DAY_MS).toISOString() : null,
      }),
    onSuccess: onMade,
    onError: (error) => toast(problemText(error), 'bad'),
  });
  return (
    <form
      className={css.form}
      onSubmit={(e) => {
        e.preventDefault();
        make.mutate();
      }}
    >
      <p className={css.help}>{t('dashboards.walls.help')}</p>
      <TextInput
        label={t('dashboards.walls.name')}
        placeholder={t('dashboards.walls.name_example')}
        required
        data-autofocus
        value={name}
        maxLength={100}
        onChange={(e) => setName(e.currentTarget.value)}
      />
      <MultiSelect
        label={t('dashboards.walls.shows')}
        value={ids}
        maxValues={12}
        data={dashboards.map((one) => ({ value: String(one.id), label: one.name }))}
        onChange={setIds}
      />
      <div className={css.pair}>
        {ids.length > 1 ? (
          <NumberInput
            label={t('dashboards.walls.turn')}
            suffix={` ${t('dashboards.seconds')}`}
            min={5}
            max={3600}
            value={turn}
            onChange={setTurn}
          />
        ) : null}
        <Select
          label={t('dashboards.walls.lives')}
          allowDeselect={false}
          value={lives}
          data={LIVES.map((days) => ({
            value: days,
            label: days
              ? t('dashboards.walls.days', { count: Number(days) })
              : t('dashboards.walls.for_ever'),
          }))}
          onChange={(value) => setLives(value ?? '')}
        />
        <Select
          label={t('dashboards.walls.language')}
          allowDeselect={false}
          value={language}
          data={[
            { value: '', label: t('dashboards.walls.language_own') },
            { value: 'ru', label: 'Русский' },
            { value: 'en', label: 'English' },
          ]}
          onChange={(value) => setLanguage(value ?? '')}
        />
      </div>
      <SegmentedControl
        aria-label={t('dashboards.walls.theme')}
        value={theme}
        data={[
          { value: 'dark', label: t('dashboards.walls.dark') },
          { value: 'light', label: t('dashboards.walls.light') },
        ]}
        onChange={(value) => setTheme(value as 'dark' | 'light')}
      />
      <Group justify="flex-end">
        <Button type="submit" loading={make.isPending} disabled={!name.trim() || !ids.length}>
          {t('dashboards.walls.make')}
        </Button>
      </Group>
    </form>
  );
}
