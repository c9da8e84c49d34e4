import { describe, expect, it } from 'vitest';
import { numberOfLink, takeDialLink } from './dialLink';

describe('links that dial', () => {
  it.each([
    ['tel:+79161234567', '+79161234567'],
    ['web+tel:+7-916-123-45-67', '+7-916-123-45-67'],
    ['tel:%2B7%20(916)%20123', '+7 (916) 123'],
    ['TEL://84951112233', '84951112233'],
    ['tel:+7916;ext=12', '+7916'],
    ['+7 916 123-45-67', '+7 916 123-45-67'],
    [' 79161234567', '+79161234567'],
    ['web tel: 7916', '+7916'],
  ])('takes the number of %s', (link, number) => {
    expect(numberOfLink(link)).toBe(number);
  });

  it.each(['', null, undefined, 'tel:', 'tel:abc', 'javascript:alert(1)', '<b>1</b>', 'tel:%E0%A4%A', '1'])(
    'takes nothing of %s',
    (link) => {
      expect(numberOfLink(link)).toBe('');
    },
  );

  it('are taken from the address once', () => {
    history.replaceState(null, '', '/desk?dial=+79161234567&x=1');
    expect(takeDialLink()).toBe('+79161234567');
    expect(location.search).toBe('?x=1');
    expect(takeDialLink()).toBe('');
  });
});
