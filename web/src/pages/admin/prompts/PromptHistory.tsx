import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Pause, Play, Undo2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { get, post, problemText } from '~/api/client';
import type { PromptChange } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { duration, full } from '~/lib/format';
import { ErrorState, Loading } from '~/ui/Notice';
import { toast } from '~/ui/toast';
import css from './Prompts.module.css';
import { usePlayback } from './sound';

/** Who made and changed it; what was replaced can be heard and brought back. */
export function PromptHistory({ name, onRestored }: { name: string; onRestored: () => void }) {
  const { t } = useTranslation();
  const history = useQuery({
    queryKey: ['admin', 'prompts', 'history', name],
    queryFn: ({ signal }) => get<PromptChange[]>(`/api/v1/prompts/site/${name}/history`, {}, signal),
  });
  const { playing, toggle } = usePlayback(() => toast(t('admin.prompts.not_played'), 'bad'));
  const restore = useMutation({
    mutationFn: (it: PromptChange) =>
      post(`/api/v1/prompts/${it.language}/site/${name}/restore`, { sha256: it.sha256 }),
    onSuccess: onRestored,
    onError: (error) => toast(problemText(error), 'bad'),
  });
  if (history.error && !history.data) return <ErrorState text={problemText(history.error)} />;
  if (!history.data) return <Loading rows={3} />;
  return (
    <section aria-labelledby="prompt-history">
      <h3 id="prompt-history" className={css.title}>
        {t('admin.prompts.history')}
      </h3>
      <ul className={css.history}>
        {history.data.map((it) => {
          const key = `${it.at}${it.language}${it.action}`;
          return (
            <li key={key}>
              <div>
                <span className="num">{full(it.at)}</span> {it.by_name || t('admin.history.setup')}
              </div>
              <div>
                {t(`admin.prompts.did.${it.action as 'saved'}`, { before: it.before })}{' '}
                <span className="muted">
                  {[
                    textOf(`admin.prompts.language.${it.language}`) ?? it.language,
                    it.seconds === null ? '' : duration(it.seconds),
                    it.source ? textOf(`admin.prompts.source.${it.source}`) : '',
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </span>
                {it.text ? <q>{it.text}</q> : null}
              </div>
              {it.is_kept ? (
                <div className={css.acts}>
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    leftSection={playing === key ? <Pause size={14} /> : <Play size={14} />}
                    onClick={() => toggle(key, `/api/v1/prompts/past/${it.sha256}/audio`)}
                  >
                    {t(playing === key ? 'common.player.pause' : 'common.player.play')}
                  </Button>
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    leftSection={<Undo2 size={14} aria-hidden />}
                    loading={restore.isPending && restore.variables === it}
                    onClick={() => restore.mutate(it)}
                  >
                    {t('admin.history.restore')}
                  </Button>
                </div>
              ) : null}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
