import { Button } from '@mantine/core';
import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import css from './Reports.module.css';

/** The table shows one bar of the chart only. */
export function Picked({ text, onClear }: { text: string; onClear: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={css.picked}>
      {t('reports.only', { what: text })}
      <Button size="compact-sm" variant="subtle" leftSection={<X size={14} aria-hidden />} onClick={onClear}>
        {t('reports.show_all')}
      </Button>
    </div>
  );
}
