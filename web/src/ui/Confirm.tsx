import { Button, Group, Modal, Text } from '@mantine/core';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { useTranslation } from 'react-i18next';

interface Question {
  title: string;
  text: ReactNode;
  /** The word on the button says what will happen ("Block", "Delete queue"), never "OK". */
  confirm: string;
  danger?: boolean;
}
type Ask = (question: Question) => Promise<boolean>;
const Context = createContext<Ask>(() => Promise.resolve(false));

export const useConfirm = (): Ask => useContext(Context);

/** One dialog for the app; the promise gives true only for the named button. */
export function ConfirmProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<{ question: Question; done: (yes: boolean) => void } | null>(null);
  const ask = useCallback<Ask>((question) => new Promise<boolean>((done) => setOpen({ question, done })), []);
  const close = (yes: boolean) => {
    open?.done(yes);
    setOpen(null);
  };
  return (
    <Context value={ask}>
      {children}
      <Modal
        opened={open !== null}
        onClose={() => close(false)}
        title={open?.question.title}
        size="sm"
        // It may be asked from within a drawer or another dialog, which are at 200.
        zIndex={390}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Text size="sm">{open?.question.text}</Text>
        <Group justify="flex-end" gap={8} mt="lg">
          <Button variant="default" onClick={() => close(false)} data-autofocus>
            {t('common.cancel')}
          </Button>
          <Button color={open?.question.danger ? 'red.9' : undefined} onClick={() => close(true)}>
            {open?.question.confirm}
          </Button>
        </Group>
      </Modal>
    </Context>
  );
}
