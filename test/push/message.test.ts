import { describe, expect, test } from '@jest/globals';
import { idempotencyKey } from '../../domain/idempotency-key.ts';
import { LOCALES } from '../../domain/scenarios/definition.ts';
import { SCENARIO_TYPES, SCENARIOS } from '../../domain/scenarios/registry.ts';
import { fcmMessage } from '../../push/fcm-message.ts';
import { MAX_LINK } from '../../push/link.ts';
import { localeFor, messageText } from '../../push/message-text.ts';
import { messageTo } from './message.ts';

const now = new Date('2026-11-20T09:00:00.999Z');
const key = idempotencyKey('6f1c2d3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f', 'inactivity', '2026-11-20');

describe('a message', () => {
  test('carries its key as the tag of every platform and in its data', () => {
    expect(fcmMessage(messageTo('t', { notificationId: key }), now)).toEqual({
      token: 't',
      notification: { title: 'Title', body: 'Body' },
      data: { notification_id: key, scenario_type: 'inactivity' },
      android: {
        ttl: 86_400_000,
        priority: 'high',
        notification: { tag: key, channelId: 'reminders', priority: 'default' },
      },
      apns: {
        headers: {
          'apns-collapse-id': key,
          'apns-expiration': String(1_795_165_200 + 86_400),
          'apns-priority': '10',
          'apns-push-type': 'alert',
        },
        payload: { aps: {} },
      },
      webpush: { headers: { TTL: '86400' }, notification: { tag: key } },
      fcmOptions: { analyticsLabel: 'inactivity' },
    });
  });

  test('names an installation id as one, and never both', () => {
    const { fid, token } = fcmMessage(messageTo('t', { tokenKind: 'installation_id' }), now) as {
      fid?: string;
      token?: string;
    };
    expect({ fid, token }).toEqual({ fid: 't', token: undefined });
  });

  test('opens an https link on every platform, and one of the app in the app alone', () => {
    const withLink = (link: string | null) => fcmMessage(messageTo('t', { link }), now);
    expect(withLink('https://example.org/x')).toMatchObject({
      data: { link: 'https://example.org/x' },
      webpush: { fcmOptions: { link: 'https://example.org/x' } },
    });
    expect(withLink('myapp://x').data).toMatchObject({ link: 'myapp://x' });
    expect(withLink('myapp://x').webpush).not.toHaveProperty('fcmOptions');
    expect(withLink(null).data).not.toHaveProperty('link');
  });

  test('stays within 4,096 bytes with the longest texts, link and type, whatever the alphabet', () => {
    const longest = messageTo('t', {
      scenarioType: 'certification_expiry',
      notificationId: key,
      text: { title: '😀'.repeat(100), body: '😀'.repeat(500) },
      link: `https://example.org/${'x'.repeat(MAX_LINK - 20)}`,
      timeToLiveSeconds: 28 * 86_400,
    });
    expect(Buffer.byteLength(JSON.stringify(fcmMessage(longest, now)))).toBeLessThan(4_096 - 50);
  });

  test('has a key that fits the 64 bytes of an APNs collapse id exactly', () => {
    expect(key).toBe('6f7566474b8af1f70cf9b20a52bd9864f0b0b0e4cc80fe5b814c7f949d04596d');
    expect(Buffer.byteLength(key)).toBe(64);
  });

  test.each([
    ['inactivity', 24],
    ['milestone', 7 * 24],
    ['certification_expiry', 3 * 24],
    ['welcome_back', 24],
  ] as const)('of %s lives for %i hours', (scenarioType, hours) => {
    expect(SCENARIOS[scenarioType].timeToLiveMinutes).toBe(hours * 60);
  });
});

describe('a language', () => {
  test.each([
    ['nb', 'nb'],
    ['nn', 'nn'],
    ['en', 'en'],
    ['nn-NO', 'nn'],
    ['nb_NO', 'nb'],
    ['EN-gb', 'en'],
    ['no', 'nb'],
    ['fr', 'nb'],
    ['', 'nb'],
    ['-', 'nb'],
    ['nynorsk', 'nb'],
    ['toString', 'nb'],
  ])('of "%s" is answered in %s', (tag, locale) => {
    expect(localeFor(tag)).toBe(locale);
  });

  test('has a text for every scenario, short enough to be shown, with every value filled in', () => {
    const values = { days: 31, sessions: 50, year: 2026, certification: 'First aid', date: '2026-12-20', gap: 45 };
    for (const type of SCENARIO_TYPES) {
      const texts = LOCALES.map((locale) => messageText(type, locale, values));
      for (const { title, body } of texts) {
        expect(title.length).toBeGreaterThan(0);
        expect(title.length).toBeLessThanOrEqual(100);
        expect(body.length).toBeGreaterThan(0);
        expect(body.length).toBeLessThanOrEqual(500);
        expect(`${title} ${body}`).not.toMatch(/undefined|null|NaN|\$\{/);
      }
      expect(new Set(texts.map(({ title, body }) => `${title}\n${body}`)).size).toBe(LOCALES.length);
    }
  });
});
