import { Fragment } from 'react';

/** Keys as they stand on the keyboard: "Ctrl Shift A". */
export function Keys({ keys }: { keys: string }) {
  return (
    <span aria-hidden>
      {keys.split('+').map((key, i) => (
        <Fragment key={key}>
          {i ? ' ' : ''}
          <kbd className="kbd">{key}</kbd>
        </Fragment>
      ))}
    </span>
  );
}
