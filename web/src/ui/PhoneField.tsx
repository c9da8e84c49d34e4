import { TextInput, type TextInputProps } from '@mantine/core';
import { Phone } from 'lucide-react';
import { dialable } from '~/lib/number';

/** Takes a number in any pasted form (8 (916) …, tel:+7…, with words around) and keeps what can be dialled. */
export function PhoneField({
  value,
  onChange,
  ...rest
}: Omit<TextInputProps, 'value' | 'onChange'> & { value: string; onChange: (value: string) => void }) {
  return (
    <TextInput
      type="tel"
      inputMode="tel"
      autoComplete="off"
      leftSection={<Phone size={15} aria-hidden />}
      {...rest}
      value={value}
      onChange={(e) => onChange(e.currentTarget.value)}
      onPaste={(e) => {
        const cleaned = dialable(e.clipboardData.getData('text'));
        if (!cleaned) return;
        e.preventDefault();
        onChange(cleaned);
      }}
    />
  );
}
