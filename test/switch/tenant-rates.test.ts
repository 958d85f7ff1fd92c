import t from 'tap';
import { convert } from '../../ledger/convert.js';
import { tenantRates } from '../../switch/tenant-rates.js';
import { loadTenants, PERSONAS_DIRECTORY, type Tenant } from '../../tenants/tenant.js';

async function rateOf(rate: NonNullable<Tenant['rates']>[number]) {
  const [tenant] = await loadTenants(PERSONAS_DIRECTORY);
  return tenantRates({ ...tenant!, rates: [rate] })[0]!;
}

t.test('a rate is between major units, whatever the exponents of the two currencies', async (t) => {
  const yen = await rateOf({ from: '392', to: '978', rate: '0.0061', spreadPercent: 2 });
  t.match(yen, { from: 392, to: 978, rate: 40_000_061, exponents: 2, spread: 200 });
  t.equal(convert(10_000, yen.rate, yen.exponents, 0), 6100, '10,000 yen are 61.00 euro');
  t.equal(convert(10_000, yen.rate, yen.exponents, yen.spread), 6222);
  const dinar = await rateOf({ from: '414', to: '978', rate: '2.9985' });
  t.match(dinar, { rate: 40_029_985, exponents: -1, spread: 0 });
  t.equal(convert(1500, dinar.rate, dinar.exponents, 0), 450, '1.500 dinars are 4.49775 euro');
  const toYen = await rateOf({ from: '978', to: '392', rate: '163' });
  t.equal(convert(1050, toYen.rate, toYen.exponents, 0), 1712, '10.50 euro are 1711.5 yen, half up');
});

t.test('a currency that ISO 4217 does not know is a mistake in the document', async (t) => {
  await t.rejects(rateOf({ from: '840', to: '001', rate: '1' }), {
    code: 'HF_TENANT_INVALID',
    message: /rates\[0\]\.to: ISO 4217 has no currency 001/,
  });
});
