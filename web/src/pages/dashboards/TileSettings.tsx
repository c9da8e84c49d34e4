import { Button, Drawer, MultiSelect, NumberInput, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TileChoices, TileFigureRow } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import css from './Edit.module.css';
import type { Tile } from './layout';

const GAUGES = ['service_level', 'service_level_recent', 'service_level_strict'];
const SERIES = ['offered', 'answered', 'abandoned', 'service_level'] as const;
const LISTS = ['queues', 'waiting', 'bars', 'alerts'];
const OF_QUEUES = ['gauge', 'day', 'queues', 'waiting', 'bars'];
type Amount = string | number;

/** What one tile shows: its figure, of which queues or teams, and from where on it is amber and red. */
export function TileSettings({
  tile,
  choices,
  onSave,
  onClose,
}: {
  tile: Tile | null;
  choices: TileChoices | undefined;
  onSave: (tile: Tile) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened={tile !== null}
      onClose={onClose}
      position="right"
      size={420}
      title={tile ? t(`dashboards.kind.${tile.kind}`) : ''}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {tile && choices ? (
        <Form key={tile.tile_id} tile={tile} choices={choices} onSave={onSave} onClose={onClose} />
      ) : null}
    </Drawer>
  );
}

/** Shares are typed as percent. */
const factorOf = (figure: TileFigureRow | undefined): number => (figure?.unit === 'share' ? 100 : 1);
const shown = (value: number | null, factor: number): Amount =>
  value === null ? '' : Math.round(value * factor * 1000) / 1000;
const told = (value: Amount, factor: number): number | null =>
  value === '' || Number.isNaN(Number(value)) ? null : Number(value) / factor;

function Form({
  tile,
  choices,
  onSave,
  onClose,
}: {
  tile: Tile;
  choices: TileChoices;
  onSave: (tile: Tile) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [next, setNext] = useState(tile);
  const [warn, setWarn] = useState<Amount>(shown(tile.warn, factorOf(find(choices, tile.figure))));
  const [bad, setBad] = useState<Amount>(shown(tile.bad, factorOf(find(choices, tile.figure))));
  const [target, setTarget] = useState<Amount>(shown(tile.target, 100));
  const change = (part: Partial<Tile>) => setNext((old) => ({ ...old, ...part }));
  const hasFigure = ['figure', 'gauge', 'bars'].includes(tile.kind);
  const isOfQueues = OF_QUEUES.includes(tile.kind);
  const figure = find(choices, next.figure);
  const factor = factorOf(figure);
  const scopes = scopesOf(tile.kind, figure);
  const scope = isOfQueues ? 'queue' : next.scope;
  const places = scope === 'queue' ? choices.queues : scope === 'team' ? seenTeams(choices) : [];
  const low = told(warn, factor);
  const high = told(bad, factor);
  const isCrooked = low !== null && high !== null && (next.side === 'above' ? high < low : high > low);

  const units: Record<string, string> = {
    share: ' %',
    seconds: ` ${t('dashboards.seconds')}`,
    milliseconds: ` ${t('dashboards.milliseconds')}`,
  };
  const suffix = units[figure?.unit ?? ''];

  const save = () => {
    if (isCrooked) return;
    onSave({ ...next, warn: low, bad: high, target: told(target, 100) });
  };

  return (
    <form
      className={css.form}
      onSubmit={(e) => {
        e.preventDefault();
        save();
      }}
    >
      <p className={css.help}>
        {textOf(`dashboards.figure_help.${next.figure}`) ?? t(`dashboards.kind_help.${tile.kind}`)}
      </p>
      {tile.kind === 'text' ? (
        <TextInput
          label={t('dashboards.edit.text')}
          value={next.text}
          maxLength={500}
          onChange={(e) => change({ text: e.currentTarget.value })}
          data-autofocus
        />
      ) : (
        <TextInput
          label={t('dashboards.edit.title')}
          placeholder={t('dashboards.edit.title_own')}
          value={next.title}
          maxLength={100}
          onChange={(e) => change({ title: e.currentTarget.value })}
        />
      )}
      {hasFigure ? (
        <Select
          label={t('dashboards.edit.figure')}
          searchable
          allowDeselect={false}
          value={next.figure}
          data={choices.figures
            .filter((one) => fits(tile.kind, one))
            .map((one) => ({ value: one.name, label: textOf(`dashboards.figure.${one.name}`) ?? one.name }))}
          onChange={(value) => {
            const found = find(choices, value ?? '');
            if (!found) return;
            const allowed = scopesOf(tile.kind, found);
            change({
              figure: found.name,
              side: found.side,
              scope: allowed.includes(next.scope) ? next.scope : allowed[0]!,
              place_ids: allowed.includes(next.scope) ? next.place_ids : [],
            });
            setWarn('');
            setBad('');
          }}
        />
      ) : null}
      {scopes.length > 1 ? (
        <div>
          <SegmentedControl
            fullWidth
            aria-label={t('dashboards.edit.of')}
            value={next.scope}
            data={scopes.map((one) => ({ value: one, label: t(`dashboards.scope.${one}`) }))}
            onChange={(value) => change({ scope: value as Tile['scope'], place_ids: [] })}
          />
        </div>
      ) : null}
      {places.length ? (
        <MultiSelect
          label={t(`dashboards.edit.${scope === 'team' ? 'teams' : 'queues'}`)}
          placeholder={next.place_ids.length ? '' : t('dashboards.edit.all')}
          searchable
          clearable
          value={next.place_ids.map(String)}
          data={places.map((one) => ({ value: String(one.id), label: one.name }))}
          onChange={(value) => change({ place_ids: value.map(Number) })}
        />
      ) : null}
      {tile.kind === 'day' ? (
        <MultiSelect
          label={t('dashboards.edit.series')}
          value={next.series}
          data={SERIES.map((one) => ({ value: one, label: t(`dashboards.series.${one}`) }))}
          onChange={(value) => change({ series: value as Tile['series'] })}
        />
      ) : null}
      {tile.kind === 'gauge' ? (
        <NumberInput
          label={t('dashboards.edit.target')}
          description={t('dashboards.edit.target_help')}
          suffix=" %"
          min={0}
          max={100}
          value={target}
          onChange={setTarget}
        />
      ) : null}
      {hasFigure ? (
        <>
          <SegmentedControl
            fullWidth
            aria-label={t('dashboards.edit.side')}
            value={next.side}
            data={(['above', 'below'] as const).map((side) => ({
              value: side,
              label: t(`dashboards.edit.side_${side}`),
            }))}
            onChange={(value) => change({ side: value as Tile['side'] })}
          />
          <div className={css.pair}>
            <NumberInput
              label={t('dashboards.edit.warn')}
              {...(suffix ? { suffix } : {})}
              min={0}
              max={figure?.unit === 'share' ? 100 : 1_000_000}
              value={warn}
              onChange={setWarn}
            />
            <NumberInput
              label={t('dashboards.edit.bad')}
              {...(suffix ? { suffix } : {})}
              min={0}
              max={figure?.unit === 'share' ? 100 : 1_000_000}
              value={bad}
              error={isCrooked ? t('dashboards.edit.crooked') : undefined}
              onChange={setBad}
            />
          </div>
        </>
      ) : null}
      {LISTS.includes(tile.kind) ? (
        <NumberInput
          label={t('dashboards.edit.most')}
          min={1}
          max={30}
          value={next.most}
          onChange={(value) => change({ most: Math.min(30, Math.max(1, Number(value) || 1)) })}
        />
      ) : null}
      {tile.kind === 'clock' ? (
        <Select
          label={t('dashboards.edit.zone')}
          placeholder={t('dashboards.edit.zone_own')}
          searchable
          clearable
          limit={80}
          value={next.zone || null}
          data={Intl.supportedValuesOf('timeZone')}
          onChange={(value) => change({ zone: value ?? '' })}
        />
      ) : null}
      <div className={css.pair}>
        <Button variant="default" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button type="submit">{t('dashboards.edit.apply')}</Button>
      </div>
    </form>
  );
}

const find = (choices: TileChoices, name: string) => choices.figures.find((one) => one.name === name);
const seenTeams = (choices: TileChoices) =>
  choices.teams.filter((team) => choices.sight_team_ids.includes(team.id));

function fits(kind: Tile['kind'], figure: TileFigureRow): boolean {
  if (kind === 'gauge') return GAUGES.includes(figure.name);
  return kind !== 'bars' || figure.scopes.includes('queue');
}

function scopesOf(kind: Tile['kind'], figure: TileFigureRow | undefined): Tile['scope'][] {
  if (kind === 'states') return ['centre', 'queue', 'team'];
  return kind === 'figure' ? (figure?.scopes ?? []) : [];
}
