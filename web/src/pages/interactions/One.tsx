import { Button } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useCan } from '~/api/session';
import { useAddress } from '~/ui/useAddress';
import { Detail } from './Detail';
import { readSource } from './filters';
import css from './Interactions.module.css';

/** One interaction on a page of its own: a link that can be sent to somebody. */
export default function InteractionPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const [address] = useAddress();
  const source = readSource(address);
  const lists = useCan('view.interactions');
  return (
    <div
      className={css.one}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
      tabIndex={0}
    >
      <div className={css.oneInner}>
        {lists ? (
          <div>
            <Button
              component={Link}
              to="/interactions"
              search={(source ? { source } : {}) as never}
              variant="subtle"
              leftSection={<ArrowLeft size={15} aria-hidden />}
            >
              {t('interactions.to_list')}
            </Button>
          </div>
        ) : null}
        <section className={`panel ${css.card}`}>
          <Detail id={id} source={source} wide />
        </section>
      </div>
    </div>
  );
}
