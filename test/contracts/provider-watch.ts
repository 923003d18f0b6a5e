/** The part of the provider contract about watch channels, with real notifications. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../src/time/clock.ts';
import type { ProviderBinding } from './provider-binding.ts';

/** @param binding The present test's. */
export function watchContract(binding: () => ProviderBinding): void {
  describe('watching', () => {
    const SECRET = 's'.repeat(43);
    const watch = () => binding().provider.watch ?? expect.fail('no watch port');
    const open = (channelId: string) =>
      watch().open({
        access: binding().access,
        calendar: binding().calendar,
        channelId,
        secret: SECRET,
        address: binding().webhook.address,
        now: binding().now,
      });

    it('tells of a change, with the channel’s id and secret', async () => {
      const channel = await open('chan_1');
      const start = binding().now + DAY;
      binding().world.create({ start, end: start + HOUR });
      await binding().settled();
      const [notice] = binding().webhook.received.filter(({ signal }) => signal === 'changed');
      expect(notice).toMatchObject({ channelId: 'chan_1', secret: SECRET });
      expect(notice?.remoteId ?? channel.remoteId).toBe(channel.remoteId);
      expect(channel.expiresAt).toBeGreaterThan(binding().now + DAY);
    });

    it('can be renewed, or only replaced', async () => {
      const channel = { channelId: 'chan_1', ...(await open('chan_1')) };
      binding().pass(HOUR);
      const renewed = await watch().renew?.({ access: binding().access, channel, now: binding().now + HOUR });
      if (renewed) expect(renewed.expiresAt).toBeGreaterThan(channel.expiresAt ?? Number.POSITIVE_INFINITY);
      else await open('chan_2');
    });

    it('rejects renewing what is gone', async () => {
      const channel = { channelId: 'chan_1', ...(await open('chan_1')) };
      await watch().close({ access: binding().access, channel });
      const renewing = watch().renew?.({ access: binding().access, channel, now: binding().now });
      if (renewing) await expect(renewing).rejects.toMatchObject({ reason: 'rejected' });
    });

    it('lists what is open, where a list is kept', async () => {
      const { list } = watch();
      if (!list) return;
      const { remoteId } = await open('chan_1');
      const { access, webhook, calendar } = binding();
      expect(await list({ access })).toEqual([
        { remoteId, address: webhook.address, calendar: calendar.externalId },
      ]);
      await watch().close({ access, channel: { channelId: 'chan_1', remoteId, resourceId: null } });
      expect(await list({ access })).toEqual([]);
    });

    it('closes, also what is gone already', async () => {
      const channel = { channelId: 'chan_1', ...(await open('chan_1')) };
      expect(binding().channels()).toHaveLength(1);
      await watch().close({ access: binding().access, channel });
      expect(binding().channels()).toEqual([]);
      await watch().close({ access: binding().access, channel });
    });
  });
}
