import { Button, Menu } from '@mantine/core';
import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';

const FORMATS = ['xlsx', 'csv', 'pdf', 'pdf_letter'] as const;

/** What is on the screen as a file for a spreadsheet, or on paper. */
export function Downloads({ of }: { of: (format: (typeof FORMATS)[number]) => string }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="default" leftSection={<Download size={15} aria-hidden />}>
          {t('lists.download')}
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
