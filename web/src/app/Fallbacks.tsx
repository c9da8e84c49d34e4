import { Button } from '@mantine/core';
import { Compass } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EmptyState, ErrorState } from '~/ui/Notice';

export function PageError({ error, reset }: { error: unknown; reset: () => void }) {
  const { t } = useTranslation();
  // After an update an open tab asks for chunks that are gone: one reload brings the new ones.
  const isStale = /dynamically imported module|Importing a module script|Failed to fetch/i.test(
    error instanceof Error ? error.message : String(error),
  );
  return (
    <ErrorState
      title={t('common.error.page_title')}
      text={isStale ? t('shell.new_version') : t('common.error.page_text')}
      onRetry={isStale ? () => location.reload() : reset}
    />
  );
}

export function PageNotFound() {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={Compass}
      title={t('common.error.not_found_title')}
      text={t('common.error.not_found_text')}
    >
      <Button component="a" href="/" variant="default">
        {t('common.error.home')}
      </Button>
    </EmptyState>
  );
}
