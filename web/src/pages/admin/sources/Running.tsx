import { Button, Progress } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { del, problemText } from '~/api/client';
import type { ImportRunRow } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { share } from '~/lib/format';
import { toast } from '~/ui/toast';
import css from '../Admin.module.css';

/** A run: how far it is, to be ended; or why there is nothing of it. */
export function Running({ run }: { run: ImportRunRow }) {
  const { t } = useTranslation();
  const done = run.of ? run.done / run.of : 0;
  if (run.state === 'running') {
    return (
      <div className={css.result}>
        <Progress
          value={100 * done}
          animated
          style={{ flex: 1 }}
          aria-label={t(`admin.sources.run.${run.kind}`)}
        />
        <span className="num">{share(done)}</span>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() =>
            void del(`/api/v1/sources/runs/${run.run_id}`).catch((error) => toast(problemText(error)))
          }
        >
          {t('common.cancel')}
        </Button>
      </div>
    );
  }
  if (run.state === 'done') return null;
  const code = run.refusal?.code ?? '';
  const why =
    textOf(`admin.refusals.${code}`, run.refusal?.facts) ?? textOf(`refusals.${code}`, run.refusal?.facts);
  return <p role="alert">{why ?? t(`admin.sources.run.${run.state}`)}</p>;
}
