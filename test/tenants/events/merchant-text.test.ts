import t from 'tap';
import { readMerchantText } from '../../../tenants/events/merchant-text.js';

t.test('name and city are told from DE43 in the ways that networks fill it', async (t) => {
  for (const [text, name, city] of [
    ['CAFE DU PORT             BRUGES       BE', 'CAFE DU PORT', 'BRUGES'],
    ['CAFE DU PORT\\QUAI 1\\BRUGES\\8000       BEL', 'CAFE DU PORT', 'BRUGES'],
    ['CAFE DU PORT  BRUGES  BE', 'CAFE DU PORT', 'BRUGES'],
    ['CAFE', 'CAFE', null],
    [null, null, null],
  ] as const) {
    t.same(readMerchantText(text), { name, city }, String(text));
  }
});
