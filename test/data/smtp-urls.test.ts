import { describe, expect, test } from 'vitest';
import { describeSmtpServer, parseSmtpUrl } from '../../src/data/smtp-urls.ts';
import { InvalidInputError } from '../../src/errors.ts';

describe('the URL of a mail server', () => {
  test.each([
    ['smtp://mail.example.org', { host: 'mail.example.org', port: 25, tls: 'offered' }],
    ['smtp://mail.example.org/', { port: 25 }],
    ['smtp://mail.example.org:2525', { port: 2525 }],
    ['smtp://[::1]:2525', { host: '::1', port: 2525 }],
    ['smtps://mail.example.org', { port: 465, tls: 'always' }],
    ['smtps://mail.example.org?tls=required', { tls: 'always' }],
    ['smtp://mail.example.org?tls=required', { tls: 'required' }],
    ['smtp://mail.example.org?tls=none', { tls: 'none' }],
    [
      'smtp://me:a%40b%2Fc@mail.example.org',
      { port: 587, tls: 'required', login: { user: 'me', password: 'a@b/c' } },
    ],
    ['smtp://me:p@mail.example.org?tls=none', { tls: 'none' }],
    ['smtp://me:p@localhost:25', { tls: 'offered' }],
    ['smtp://me:p@127.0.0.1', { tls: 'offered' }],
    ['smtp://me:p@[::1]', { tls: 'offered' }],
    ['smtp://me:p@127.0.0.1.example.org', { tls: 'required' }],
  ])('%s is read', (text, expected) => {
    expect(parseSmtpUrl(text)).toMatchObject(expected);
  });

  test.each([
    '',
    'mail.example.org',
    'http://mail.example.org',
    'smtp:mail.example.org',
    'smtp://',
    'smtp://me:secret@',
    'smtp://me:secret@host:port',
    'smtp://me:secret@host:99999',
    'smtp://me:secret@host/path',
    'smtp://me:secret@host#part',
    'smtp://me:secret@host?pool=true',
    'smtp://me:secret@host?tls=maybe',
    'smtps://me:secret@host?tls=none',
    'smtp://me:100%@host',
  ])('%j is refused without being shown', (text) => {
    expect(() => parseSmtpUrl(text)).toThrow(InvalidInputError);
    try {
      parseSmtpUrl(text);
    } catch (error) {
      expect(String(error)).not.toContain('secret');
      expect(JSON.stringify(error)).not.toContain('secret');
    }
  });

  test('is shown without its password', () => {
    expect(describeSmtpServer(parseSmtpUrl('smtp://me:secret@mail.example.org'))).toBe(
      'smtp://me:***@mail.example.org:587',
    );
    expect(describeSmtpServer(parseSmtpUrl('smtps://[::1]'))).toBe('smtps://[::1]:465');
  });
});
