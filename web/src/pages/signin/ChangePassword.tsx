import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { post } from '~/api/client';
import { useMe, useSignOut } from '~/api/session';
import { Frame } from './Frame';
import { NewPassword } from './NewPassword';

/** Stands in the way until the first password is replaced by one's own. */
export default function ChangePassword({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const signOut = useSignOut();
  return (
    <Frame title={t('signin.first.title')}>
      <p>{t('signin.first.text', { name: me.name })}</p>
      <NewPassword
        asksCurrent
        login={me.login}
        word={t('signin.first.submit')}
        submit={async ({ current, next }) => {
          await post('/api/v1/me/password', { current, new: next }, { anonymous: true, retry: false });
          onDone();
        }}
      />
      <Button variant="subtle" color="gray" onClick={() => void signOut()}>
        {t('shell.sign_out')}
      </Button>
    </Frame>
  );
}
