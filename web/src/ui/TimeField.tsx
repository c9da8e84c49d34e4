import { TextInput, type TextInputProps } from '@mantine/core';
import { useEffect, useState } from 'react';

/** What people type for a time of day ("9", "930", "9.30", "18:00") as HH:MM; null when it is none. */
export function timeOf(text: string): string | null {
  const found = /^\s*(\d{1,2})(?:\s*[:.,\-\s]?\s*(\d{2}))?\s*$/.exec(text);
  if (!found) return null;
  const hours = Number(found[1]);
  const minutes = Number(found[2] ?? 0);
  if (hours > 24 || minutes > 59 || (hours === 24 && minutes > 0)) return null;
  return `${String(hours % 24).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}

/** A time of day, always by 24 hours: the browser's own field follows the computer and not our language. */
export function TimeField({
  value,
  onChange,
  ...rest
}: Omit<TextInputProps, 'value' | 'onChange'> & { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const take = () => {
    const time = timeOf(text);
    setText(time ?? value);
    if (time && time !== value) onChange(time);
  };
  return (
    <TextInput
      inputMode="numeric"
      autoComplete="off"
      maxLength={8}
      placeholder="09:00"
      {...rest}
      value={text}
      onFocus={(e) => e.currentTarget.select()}
      onChange={(e) => {
        const next = e.currentTarget.value;
        setText(next);
        // A whole time is taken at once, so that saving right after typing saves what is seen.
        const time = /^\d{2}:\d{2}$/.test(next) ? timeOf(next) : null;
        if (time) onChange(time);
      }}
      onBlur={take}
      onKeyDown={(e) => {
        if (e.key === 'Enter') take();
      }}
    />
  );
}
