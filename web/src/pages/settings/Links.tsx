import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { canRegister, registerDialLinks } from '~/lib/dialLink';

/** Numbers on other pages lead to the desk: the field is filled, and nothing is dialled by itself. */
export function Links() {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  return (
    <>
      <p>{t('settings.links.about')}</p>
      <p className="muted">{t('settings.links.address', { address: `${location.origin}/desk?dial=+7…` })}</p>
      <div>
        <Button
          disabled={!canRegister()}
          onClick={() => {
            registerDialLinks();
            setAsked(true);
          }}
        >
          {t('settings.links.register')}
        </Button>
      </div>
      <p role="status">
        {canRegister() ? (asked ? t('settings.links.asked') : '') : t('settings.links.unable')}
      </p>
    </>
  );
}
