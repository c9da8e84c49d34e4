import {
  Autocomplete,
  Button,
  Drawer,
  FileInput,
  NumberInput,
  Progress,
  Select,
  Switch,
  TagsInput,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, problemText } from '~/api/client';
import type { ImportRunRow, SourceRow } from '~/api/gen/types.gen';
import { share } from '~/lib/format';
import css from '../Admin.module.css';
import own from '../Sources.module.css';
import { zones } from '../zones';
import { Result } from './Result';
import { Running } from './Running';
import { sendLog, useRun } from './run';

const FORMS = ['queue_log', 'cdr', 'cel'] as const;
type Form = (typeof FORMS)[number];

/** Files of a log: sent, looked at without storing anything, then stored. */
export function ImportLog({ sources, onClose }: { sources: readonly SourceRow[]; onClose: () => void }) {
  const { t } = useTranslation();
  const [files, setFiles] = useState<File[]>([]);
  const [keys, setKeys] = useState<string[] | null>(null);
  const [sent, setSent] = useState(0);
  const [name, setName] = useState('');
  const [form, setForm] = useState<Form>('queue_log');
  const [zone, setZone] = useState<string | null>(null);
  const [threshold, setThreshold] = useState<number | string>('');
  const [short, setShort] = useState<number | string>('');
  const [replaces, setReplaces] = useState(false);
  const [runId, setRunId] = useState<number | null>(null);
  const run = useRun(runId);
  const [inbound, setInbound] = useState<string[]>([]);
  const [internal, setInternal] = useState<string[]>([]);
  const known = sources.find((it) => it.name === name.trim());
  const kind = known ? (known.kind as Form) : form;

  const begin = useMutation({
    mutationFn: async ({ path, taken = inbound }: { path: 'previews' | 'imports'; taken?: string[] }) => {
      let all = keys;
      if (all === null) {
        all = [];
        const whole = files.reduce((sum, file) => sum + file.size, 0) || 1;
        let before = 0;
        for (const file of files) {
          const kept = await sendLog(file, (part) => setSent((before + part * file.size) / whole));
          all.push(kept.key);
          before += file.size;
        }
        setKeys(all);
      }
      return post<ImportRunRow>(`/api/v1/sources/${path}`, {
        files: all,
        source: name.trim(),
        kind,
        inbound: taken,
        internal,
        zone: known ? null : zone,
        measured: {
          service_threshold_seconds: threshold === '' ? null : Number(threshold),
          short_abandon_seconds: short === '' ? null : Number(short),
        },
        replaces: replaces && known !== undefined,
      });
    },
    onSuccess: (it) => setRunId(it.run_id),
  });
  // A changed question has no answer yet.
  const changed =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      set(value);
      setRunId(null);
      begin.reset();
    };
  const busy = begin.isPending || run?.state === 'running';
  const ready = files.length > 0 && name.trim() !== '';
  const isStored = run?.kind === 'import' && run.state === 'done';
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={860}
      title={t('admin.sources.import.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      overlayProps={{ backgroundOpacity: 0.25 }}
    >
      <div className={own.form}>
        <p className={css.hint}>{t('admin.sources.import.about')}</p>
        <FileInput
          multiple
          clearable
          label={t('admin.sources.import.files')}
          placeholder={kind === 'queue_log' ? 'queue_log, queue_log.1.gz, …' : 'Master.csv, …'}
          value={files}
          disabled={busy}
          onChange={changed((chosen: File[]) => {
            setFiles(chosen);
            setKeys(null);
            setSent(0);
          })}
        />
        {known ? null : (
          <Select
            label={t('admin.sources.import.form')}
            allowDeselect={false}
            data={FORMS.map((value) => ({ value, label: t(`admin.sources.import.forms.${value}`) }))}
            value={form}
            disabled={busy}
            onChange={changed((value: string | null) => setForm((value ?? 'queue_log') as Form))}
          />
        )}
        <div className={css.pair}>
          <Autocomplete
            label={t('admin.sources.import.source')}
            description={known ? t('admin.sources.import.goes_on') : t('admin.sources.import.new_source')}
            data={sources.map((it) => it.name)}
            maxLength={120}
            value={name}
            disabled={busy}
            onChange={changed(setName)}
          />
          {known ? null : (
            <Select
              searchable
              clearable
              label={t('admin.sources.zone')}
              description={t('admin.sources.import.zone_help')}
              data={zones()}
              value={zone}
              disabled={busy}
              onChange={changed(setZone)}
            />
          )}
        </div>
        <div className={css.pair}>
          <NumberInput
            label={t('admin.sources.threshold')}
            suffix={` ${t('admin.sources.seconds')}`}
            placeholder="20"
            min={1}
            max={3600}
            value={threshold}
            disabled={busy}
            onChange={changed(setThreshold)}
          />
          <NumberInput
            label={t('admin.sources.short')}
            suffix={` ${t('admin.sources.seconds')}`}
            placeholder="5"
            min={0}
            max={600}
            value={short}
            disabled={busy}
            onChange={changed(setShort)}
          />
        </div>
        {kind === 'queue_log' ? null : (
          <div className={css.pair}>
            <TagsInput
              label={t('admin.sources.import.inbound')}
              description={t('admin.sources.import.inbound_help')}
              placeholder="from-provider, PJSIP/trunk*"
              value={inbound}
              disabled={busy}
              onChange={changed(setInbound)}
            />
            <TagsInput
              label={t('admin.sources.import.internal')}
              description={t('admin.sources.import.internal_help')}
              placeholder="office, 6*"
              value={internal}
              disabled={busy}
              onChange={changed(setInternal)}
            />
          </div>
        )}
        {known ? (
          <Switch
            label={t('admin.sources.import.replaces')}
            description={t('admin.sources.import.replaces_help')}
            checked={replaces}
            disabled={busy}
            onChange={(event) => changed(setReplaces)(event.currentTarget.checked)}
          />
        ) : null}
        <p className={css.result}>
          <Button
            variant="default"
            disabled={!ready || busy || isStored}
            onClick={() => begin.mutate({ path: 'previews' })}
          >
            {t('admin.sources.import.preview')}
          </Button>
          <Button
            disabled={!ready || busy || isStored || run?.kind !== 'preview' || run.state !== 'done'}
            onClick={() => begin.mutate({ path: 'imports' })}
          >
            {t('admin.sources.import.store')}
          </Button>
        </p>
        {begin.isPending && keys === null ? (
          <div className={css.result}>
            <Progress value={100 * sent} style={{ flex: 1 }} aria-label={t('admin.sources.import.sending')} />
            <span className="num">{share(sent)}</span>
          </div>
        ) : null}
        {begin.error ? <p role="alert">{problemText(begin.error)}</p> : null}
        <div role="status">
          {run ? <Running run={run} /> : null}
          {run?.result ? (
            <>
              <h3>{t(isStored ? 'admin.sources.import.stored' : 'admin.sources.import.previewed')}</h3>
              <Result
                result={run.result}
                onInbound={
                  isStored || busy
                    ? undefined
                    : (pattern) => {
                        const taken = [...new Set([...inbound, pattern])];
                        setInbound(taken);
                        begin.mutate({ path: 'previews', taken });
                      }
                }
              />
            </>
          ) : null}
        </div>
      </div>
    </Drawer>
  );
}
