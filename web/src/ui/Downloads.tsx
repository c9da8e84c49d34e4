import { Button, Menu } from '@mantine/core';
import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import css from './Downloads.module.css';

const FORMATS = ['xlsx', 'csv', 'pdf', 'pdf_letter'] as const;

/** What is on the screen as a file for a spreadsheet, or on paper. */
export function Downloads({ of }: { of: (format: (typeof FORMATS)[number]) => string }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="default" className={css.button ?? ''} aria-label={t('lists.download')}>
          <Download size={15} aria-hidden />
          <span className={css.word}>{t('lists.download')}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {FORMATS.map((format) => (
          <Menu.Item key={format} component="a" href={of(format)} download>
            {t(`lists.download_${format}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
