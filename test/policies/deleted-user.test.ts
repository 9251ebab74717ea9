import { expect, test } from '@jest/globals';
import { asOwner, client, setUpActing, workAs } from './acting.ts';
import { id } from './world.ts';

setUpActing();

test('deleting a user takes her records and claims along, whoever does it', async () => {
  await workAs('service_role');
  await client.query(`delete from users where id = '${id('paused')}'`);
  expect(await asOwner(`select from scenario_claims where user_id = '${id('paused')}'`)).toEqual([]);
});
