import { describe, expect, test } from 'vitest';
import { bareAddress, isNotificationAddress, isUserAddress } from '../../src/data/email-addresses.ts';

describe('an address of a notification', () => {
  test.each([
    'a@debian.org',
    "o'neil+tag_x.y@lists.debian.org",
    'é@debian.org',
    'a@bücher.example',
    'a@xn--bcher-kva.example',
    'a@d--ebian.org',
    'a@local.debian.org',
    'a@test.example.org',
    'Ops Team <a@debian.org>',
    '<a@debian.org>',
    ' a@debian.org ',
    `${'a'.repeat(64)}@debian.org`,
    `a@${'d'.repeat(63)}.org`,
  ])('may be %j', (text) => {
    expect(isNotificationAddress(text)).toBe(true);
  });

  test.each([
    '',
    'a',
    'a@',
    '@debian.org',
    'a@@debian.org',
    'a@b@debian.org',
    'a b@debian.org',
    '.a@debian.org',
    'a.@debian.org',
    'a..b@debian.org',
    'a@debian',
    'a@localhost',
    'a@debian..org',
    'a@.org',
    'a@debian.org.',
    'a@-debian.org',
    'a@debian-.org',
    'a@de_bian.org',
    'a@127.0.0.1',
    'a@[127.0.0.1]',
    '"a b"@debian.org',
    'a@debian.org\n',
    'a\u0000@debian.org',
    'a@debian.org, b@debian.org',
    'Ops <a@debian.org',
    'Ops <a@debian.org> more',
    'Ops, Team <a@debian.org>',
    'a\u200b@debian.org',
    `${'a'.repeat(65)}@debian.org`,
    `a@${'d'.repeat(64)}.org`,
    `a@${'d.'.repeat(130)}org`,
    '\u0301a@debian.org',
    'a@de--bian.org',
    // Set aside for other uses; the original would not read a channel with one of them.
    'root@server.local',
    'a@b.TEST',
    'a@b.invalid',
    'a@b.onion',
    'a@sub.localhost',
    'a@1.in-addr.arpa',
    'Ops <a@b.local>',
  ])('is not %j', (text) => {
    expect(isNotificationAddress(text)).toBe(false);
  });

  test('is taken out of the brackets', () => {
    expect(bareAddress('Ops Team < a@debian.org >')).toBe('a@debian.org');
    expect(bareAddress('nothing')).toBeUndefined();
  });
});

describe('an address of a user', () => {
  test.each([
    'a@debian.org',
    'a@localhost',
    'a@LOCALHOST',
    'a@[127.0.0.1]',
    'a@[::1]',
    '"a..b"@debian.org',
    '"a\\ b"@debian.org',
    'a@bücher.de',
    'a@x.xn--p1ai',
  ])('may be %j', (text) => {
    expect(isUserAddress(text)).toBe(true);
  });

  test.each([
    '',
    'not-an-email',
    'a@b',
    'a@debian.o',
    'a@127.0.0.300]',
    'a@[127.0.0.300]',
    'a b@debian.org',
    'a.@debian.org',
    ' a@debian.org',
    'a@debian.org\n',
    'é@debian.org',
    'Name <a@debian.org>',
    '"a b"@debian.org',
    `${'a'.repeat(244)}@debian.org`,
  ])('is not %j', (text) => {
    expect(isUserAddress(text)).toBe(false);
  });
});

test('a hostile text is judged at once', () => {
  const started = performance.now();
  for (const text of [
    'a.'.repeat(100_000),
    `${' '.repeat(100_000)}x`,
    `<${'<'.repeat(100_000)}`,
    '@'.repeat(100_000),
  ]) {
    expect(isNotificationAddress(text)).toBe(false);
    expect(isUserAddress(text)).toBe(false);
  }
  expect(performance.now() - started).toBeLessThan(1000);
});
