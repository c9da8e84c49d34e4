import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, problemText } from '~/api/client';
import type { FlowDraft, FlowRead, FlowVersionRow } from '~/api/gen/types.gen';
import { full } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import { ErrorState, Loading } from '~/ui/Notice';
import css from './Flows.module.css';
import { lineDiff } from './flow';
import { useAuthors } from './useAuthors';

/** Every version that was published, to compare with the draft or to go on from. */
export default function FlowVersions({
  versions,
  error,
  onRetry,
  draft,
  onTake,
}: {
  versions: readonly FlowVersionRow[] | undefined;
  error: unknown;
  onRetry: () => void;
  /** Null: the text cannot be read at the moment. */
  draft: FlowDraft | null;
  onTake: (version: FlowVersionRow) => void;
}) {
  const { t } = useTranslation();
  const authorOf = useAuthors();
  const [compared, setCompared] = useState<number | null>(null);
  return (
    <section className={css.part} aria-labelledby="flow-versions">
      <h3 id="flow-versions">{t('admin.flows.versions.title')}</h3>
      {error && !versions ? <ErrorState text={problemText(error)} onRetry={onRetry} /> : null}
      {!versions && !error ? <Loading rows={3} /> : null}
      <ul className={css.versions}>
        {versions?.map((it, at) => (
          <li key={it.version}>
            <div className={css.version}>
              <b>{t('admin.flows.versions.one', { version: it.version })}</b>
              {at === 0 ? <Chip tone="ok">{t('admin.flows.versions.current')}</Chip> : null}
              <span>{it.name}</span>
              <span className={css.when}>
                {full(it.published_at)}, {authorOf(it.published_by)}
              </span>
              <Button
                size="compact-sm"
                variant="default"
                aria-expanded={compared === it.version}
                onClick={() => setCompared(compared === it.version ? null : it.version)}
              >
                {t('admin.flows.versions.compare')}
              </Button>
              <Button size="compact-sm" variant="default" onClick={() => onTake(it)}>
                {t('admin.flows.versions.take')}
              </Button>
            </div>
            {compared === it.version ? <Compared version={it} draft={draft} /> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Line by line, both as the server writes them: comments and the order of fields make no difference. */
function Compared({ version, draft }: { version: FlowVersionRow; draft: FlowDraft | null }) {
  const { t } = useTranslation();
  const written = useQuery({
    queryKey: ['flow-text', draft],
    queryFn: ({ signal }) => post<FlowRead>('/api/v1/flows/write', draft, { signal }),
    enabled: draft !== null,
  });
  const lines = useMemo(
    () => (written.data ? lineDiff(version.text, written.data.text) : null),
    [version.text, written.data],
  );
  if (!draft) return <p className={css.hint}>{t('admin.flows.versions.unreadable')}</p>;
  if (written.error) return <p className={css.bad}>{problemText(written.error)}</p>;
  if (!lines) return <Loading rows={3} />;
  if (!lines.length) return <p className={css.hint}>{t('admin.flows.versions.same')}</p>;
  return (
    <section
      className={css.diff}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
      tabIndex={0}
      aria-label={t('admin.flows.versions.difference', { version: version.version })}
    >
      {lines.map((line, at) => {
        if (line.kind === 'gone') return <del key={at}>− {line.text}</del>;
        if (line.kind === 'new') return <ins key={at}>+ {line.text}</ins>;
        return <span key={at}>{line.kind === 'skipped' ? '⋯' : `  ${line.text}`}</span>;
      })}
    </section>
  );
}
