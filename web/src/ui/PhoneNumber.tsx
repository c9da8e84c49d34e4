import { CopyButton, Tooltip, UnstyledButton } from '@mantine/core';
import { Check, Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { prettyNumber } from '~/lib/number';
import css from './PhoneNumber.module.css';

/** A number grouped for the eye; one click copies it as it is dialled. */
export function PhoneNumber({
  value,
  copy = false,
  className,
}: {
  value: string | null | undefined;
  copy?: boolean;
  className?: string | undefined;
}) {
  const { t } = useTranslation();
  if (!value) return <span className={className}>{t('common.number_hidden')}</span>;
  return (
    <span className={`num ${css.number} ${className ?? ''}`}>
      {prettyNumber(value)}
      {copy ? (
        <CopyButton value={value} timeout={1500}>
          {({ copied, copy: run }) => (
            <Tooltip label={copied ? t('common.copied') : t('common.copy_number')}>
              <UnstyledButton className={css.copy} onClick={run} aria-label={t('common.copy_number')}>
                {copied ? <Check size={13} aria-hidden /> : <Copy size={13} aria-hidden />}
              </UnstyledButton>
            </Tooltip>
          )}
        </CopyButton>
      ) : null}
    </span>
  );
}
