import t, { type Test } from 'tap';
import { CHANNEL, FLAG, KIND, TOKEN_WORDS } from '../../parsers/batch.js';
import { dialectByName } from '../../parsers/dialects/index.js';
import { RULE } from '../../parsers/errors.js';
import { PanTokeniser } from '../../parsers/pan-token.js';
import { parse } from '../../parsers/reader.js';
import { MessageView } from '../../parsers/view.js';
import type { MessageText } from '../../parsers/writer.js';
import { byEdition } from './by-edition.js';
import { fingerprintIn, keyIn, originalKeyIn, partsOf } from './message-keys.js';
import { purchase, readOne, replyTo, reversal, TOKEN_KEY } from './one-message.js';

type Fields = Readonly<Record<number, string | undefined>>;

/** A message with some fields replaced or, where undefined, removed; perhaps of another type. */
function changed(message: MessageText, fields: Fields, mti = message.mti): MessageText {
  const present = Object.entries({ ...message.fields, ...fields }).filter(([, value]) => value !== undefined);
  return { mti, fields: Object.fromEntries(present) as MessageText['fields'] };
}

for (const name of ['iso93-ascii', 'iso93-binary', 'iso2003-binary'] as const) {
  const dialect = dialectByName(name);
  const { version } = dialect;
  const bought = byEdition(dialect, purchase());
  const undone = byEdition(dialect, reversal());
  const mti = (rest: string) => `${version}${rest}`;
  const kindOf = (message: MessageText) => readOne(message, dialect).columns.kind[0];
  const refused = (t: Test, message: MessageText, rule: number, field: number) => {
    const { kind, rule: noted, refusedField } = readOne(message, dialect).columns;
    t.same([kind[0], noted[0], refusedField[0]], [KIND.formatError, rule, field], `field ${field}`);
  };
  /** MTI, STAN, time and acquirer as DE56 has them. */
  const original = (type: string, time: string, acquirer: string) => {
    const stan = '42'.padStart(version === 1 ? 6 : 12, '0');
    const century = version === 1 ? '' : '20';
    return `${type}${stan}${century}26${time}${acquirer}`;
  };

  t.test(`${name}: a purchase is an authorisation, with all of its columns`, async (t) => {
    const { columns } = readOne(bought, dialect);
    const token = new Uint32Array(TOKEN_WORDS);
    new PanTokeniser(TOKEN_KEY).write(Buffer.from('9999010012345678'), token, 0);
    t.match(
      [columns.kind[0], columns.rule[0], columns.tenant[0], columns.repeat[0]],
      [KIND.authorise, RULE.none, 3, 0],
    );
    t.same([columns.amount[0], columns.currency[0], columns.processingCode[0]], [1234, 978, 0]);
    t.same([columns.mcc[0], columns.expiry[0], columns.entryMode[0]], [5812, 3012, 0]);
    t.equal(columns.channel[0], CHANNEL.pos);
    t.same([...columns.token.subarray(0, TOKEN_WORDS)], [...token]);
    t.equal(Buffer.from(columns.identifiers).toString(), 'RRN000000042TERM0001MERCHANT 000001 ');
  });

  t.test(`${name}: the key has the time of DE12, and the last six digits of DE11`, async (t) => {
    const expected = { messageClass: 1, stan: '000042', time: '0607110000', acquirer: '123456' };
    t.same(partsOf(keyIn(readOne(bought, dialect))), expected);
    const other = changed(bought, { 7: '1231235959' });
    t.same(partsOf(keyIn(readOne(other, dialect))), expected, 'whatever DE7 says');
    t.equal(kindOf(changed(bought, { 7: undefined })), KIND.authorise, 'which may be absent');
    if (version === 2) {
      const stan = changed(bought, { 11: '260329654321' });
      t.equal(partsOf(keyIn(readOne(stan, dialect))).stan, '654321');
    }
  });

  t.test(`${name}: each field that a message type needs is missed by name`, async (t) => {
    for (const field of version === 1 ? [3, 4, 11, 12, 49] : [3, 4, 11, 12]) {
      refused(t, changed(bought, { [field]: undefined }), RULE.missingField, field);
    }
    for (const field of [11, 12])
      refused(t, changed(undone, { [field]: undefined }), RULE.missingField, field);
    refused(t, changed(bought, { 2: undefined }), RULE.missingField, 2);
    const { 12: time } = bought.fields as Record<number, string>;
    refused(t, changed(bought, { 12: time!.replace('0607', '1307') }), RULE.badValue, 12);
  });

  t.test(`${name}: the message type decides who answers`, async (t) => {
    for (const [type, kind] of [
      ['101', KIND.authorise],
      ['120', KIND.authorise],
      ['121', KIND.authorise],
      ['140', KIND.unsupported],
      ['110', KIND.drop],
      ['200', KIND.clear],
      ['201', KIND.clear],
      ['220', KIND.clear],
      ['240', KIND.unsupported],
      ['210', KIND.drop],
    ] as const) {
      t.equal(kindOf(changed(bought, {}, mti(type))), kind, type);
    }
    for (const [type, kind, repeat] of [
      ['400', KIND.reverse, 0],
      ['401', KIND.reverse, 1],
      ['420', KIND.reverse, 0],
      ['421', KIND.reverse, 1],
      ['430', KIND.drop, 0],
      ['440', KIND.unsupported, 0],
    ] as const) {
      const { columns } = readOne(changed(undone, {}, mti(type)), dialect);
      t.same([columns.kind[0], columns.repeat[0]], [kind, repeat], type);
    }
  });

  t.test(`${name}: function codes of network messages mean what DE70 means in 1987`, async (t) => {
    const network = byEdition(dialect, { mti: '0800', fields: { 7: '0607110000', 11: '000001', 70: '001' } });
    for (const [code, number] of [
      ['801', 1],
      ['802', 2],
      ['831', 301],
      ['811', 811],
    ] as const) {
      const { columns } = readOne(changed(network, { 24: code }), dialect);
      t.same([columns.kind[0], columns.networkCode[0]], [KIND.network, number], code);
    }
    refused(t, changed(network, { 24: undefined }), RULE.missingField, 24);
  });

  t.test(`${name}: the original of a reversal is the message that DE56 names`, async (t) => {
    const key = keyIn(readOne(bought, dialect));
    t.same(originalKeyIn(readOne(undone, dialect)), key);
    const named = (elements: string) => originalKeyIn(readOne(changed(undone, { 56: elements }), dialect));
    t.same(named(original(mti('100'), '0607110000', '06123456')), key, 'with as many digits as it has');
    t.same(named(original(mti('101'), '0607110000', '1100000123456')), key, 'it may have been a repeat');
    t.same(named(original(mti('100'), '0607110000', '')), key, "else the reversal's own acquirer");
    t.same(partsOf(named(original(mti('200'), '0607110000', '0212'))), {
      messageClass: 2,
      stan: '000042',
      time: '0607110000',
      acquirer: '12',
    });
    const own = changed(undone, {
      56: undefined,
      11: bought.fields[11] as string,
      12: bought.fields[12] as string,
    });
    t.same(originalKeyIn(readOne(own, dialect)), key, 'without DE56 it has the same elements');
  });

  t.test(`${name}: original data elements that would name another message are refused`, async (t) => {
    const whole = original(mti('100'), '0607110000', '06123456');
    const elements = (text: string) => changed(undone, { 56: text });
    refused(t, elements(original('0100', '0607110000', '06123456')), RULE.badValue, 56);
    refused(t, elements(original(mti('100'), '1307110000', '06123456')), RULE.badValue, 56);
    for (const digits of [1, 4, 9, whole.length - 9]) {
      refused(t, elements(whole.slice(0, digits)), RULE.badValue, 56);
    }
    t.equal(kindOf(elements('0'.repeat(whole.length))), KIND.reverse, 'zeros: the original is not named');
  });

  t.test(`${name}: a partial reversal lets stand what DE30 has more than DE4`, async (t) => {
    const amounts = (original: string, digits: string) => {
      if (version === 1) return { 30: original.padEnd(24, '0'), 4: digits };
      return { 30: `9782${original}9782${'0'.repeat(12)}`, 4: `9782${digits}` };
    };
    const keptOf = (message: MessageText) => {
      const { columns } = readOne(message, dialect);
      return [columns.kind[0], columns.kept[0], columns.amount[0]];
    };
    const partial = { 24: '401', ...amounts('000000001234', '000000000234') };
    t.same(keptOf(changed(undone, partial)), [KIND.reverse, 1000, 234]);
    t.same(keptOf(changed(undone, { ...partial, 24: '400' })), [KIND.reverse, -1, 234]);
    t.same(keptOf(changed(undone, { ...partial, 24: undefined })), [KIND.reverse, -1, 234]);
    const all = amounts('999999999999', '999999999999');
    t.same(keptOf(changed(undone, { ...partial, ...all })), [KIND.reverse, -1, 999_999_999_999]);
    refused(t, changed(undone, { ...partial, 30: undefined }), RULE.missingField, 30);
    refused(t, changed(undone, { ...partial, 4: undefined }), RULE.missingField, 4);
    const more = amounts('000000001234', '000000001235');
    refused(t, changed(undone, { ...partial, ...more }), RULE.badValue, 30);
    if (version === 2) {
      refused(t, changed(undone, { ...partial, 4: '8402000000000234' }), RULE.badValue, 30);
      refused(t, changed(undone, { ...partial, 4: '9783000000000234' }), RULE.badValue, 30);
    }
  });

  t.test(`${name}: an inquiry needs no amount, in either class`, async (t) => {
    for (const type of ['100', '200']) {
      const asked = changed(bought, { 3: '310000', 4: undefined, 49: undefined }, mti(type));
      const { columns } = readOne(asked, dialect);
      t.same([columns.kind[0], columns.amount[0], columns.currency[0]], [KIND.authorise, 0, 0], type);
      t.equal(partsOf(keyIn(readOne(asked, dialect))).messageClass, Number(type[0]));
    }
    for (const field of [3, 11, 12]) {
      const without = changed(bought, { 3: '310000', 4: undefined, [field]: undefined });
      refused(t, without, RULE.missingField, field);
    }
  });

  t.test(
    `${name}: an advice is of what was declined elsewhere unless its action code approves`,
    async (t) => {
      const digits = (code: string) => (version === 1 ? code : `${code[0]}0${code.slice(1)}`);
      for (const [code, flags] of [
        [undefined, FLAG.advice],
        ['000', FLAG.advice],
        ['002', FLAG.advice],
        ['099', FLAG.advice],
        ['100', FLAG.advice | FLAG.declined],
        ['116', FLAG.advice | FLAG.declined],
        ['909', FLAG.advice | FLAG.declined],
      ] as const) {
        const told = changed(bought, { 39: code === undefined ? undefined : digits(code) }, mti('120'));
        t.equal(readOne(told, dialect).columns.flags[0], flags, code ?? 'none');
      }
      const reversed = changed(undone, { 39: digits('116') }, mti('420'));
      t.equal(readOne(reversed, dialect).columns.flags[0], FLAG.advice, 'of a reversal it is the original’s');
    },
  );

  t.test(`${name}: function codes say that an authorisation is estimated or supplementary`, async (t) => {
    for (const [code, flags] of [
      ['100', 0],
      ['101', FLAG.estimated],
      ['103', FLAG.estimated],
      ['105', FLAG.estimated],
      ['106', FLAG.incremental | FLAG.unnamed],
      ['107', FLAG.incremental | FLAG.estimated | FLAG.unnamed],
      ['108', 0],
    ] as const) {
      t.equal(readOne(changed(bought, { 24: code }), dialect).columns.flags[0], flags, code);
    }
    const named = changed(bought, { 24: '106', 56: undone.fields[56] as string });
    t.equal(readOne(named, dialect).columns.flags[0], FLAG.incremental);
    t.same(originalKeyIn(readOne(named, dialect)), keyIn(readOne(bought, dialect)));
    const parts = changed(bought, { 60: '011' }, mti('220'));
    t.equal(readOne(parts, dialect).columns.flags[0], FLAG.advice | FLAG.partial | FLAG.more | FLAG.unnamed);
  });

  t.test(`${name}: the amount billed, its currency and the rate`, async (t) => {
    const billed = version === 1 ? { 6: '000000001500', 51: '840' } : { 6: '8402000000001500' };
    const { columns } = readOne(changed(bought, { ...billed, 10: '61234567' }), dialect);
    t.same([columns.billing[0], columns.billingCurrency[0], columns.rate[0]], [1500, 840, 61_234_567]);
    const none = readOne(bought, dialect).columns;
    t.same([none.billing[0], none.billingCurrency[0], none.rate[0]], [0, 0, 0]);
  });

  t.test(
    `${name}: cashback is the additional amounts of type 40 in the transaction's currency`,
    async (t) => {
      const entry = (type: string, currency: string, digits: string) =>
        `00${type}${currency}${version === 1 ? '' : '2'}D${digits}`;
      const of = (...entries: string[]) => changed(bought, { 54: entries.join('') });
      const cash = entry('40', '978', '000000000500');
      t.equal(readOne(of(cash), dialect).columns.cashback[0], 500);
      const others = [entry('57', '978', '000000000007'), cash, entry('40', '840', '000000000600'), cash];
      t.equal(readOne(of(...others), dialect).columns.cashback[0], 1000);
      t.equal(readOne(bought, dialect).columns.cashback[0], 0);
      refused(t, of(entry('40', '978', '0000000005O0')), RULE.badValue, 54);
    },
  );

  t.test(`${name}: a reply has the action codes of the edition`, async (t) => {
    // 2003 has a 0 behind the first of 1993's three digits.
    const digitsOf = (action: number) => {
      const three = String(action).padStart(3, '0');
      return version === 1 ? three : `${three[0]}0${three.slice(1)}`;
    };
    const batch = readOne(bought, dialect);
    for (const [code, action] of [
      [0, 0],
      [5, 100],
      [10, 2],
      [12, 902],
      [13, 110],
      [14, 111],
      [25, 914],
      [30, 904],
      [41, 208],
      [43, 209],
      [51, 116],
      [54, 101],
      [57, 119],
      [58, 120],
      [61, 121],
      [62, 104],
      [65, 123],
      [78, 125],
      [85, 0],
      [91, 907],
      [94, 913],
      [96, 909],
    ] as const) {
      const reply = replyTo(batch, dialect, code, code === 0 ? 123456 : 0);
      const view = new MessageView();
      if (!parse(view, dialect, reply, 0, reply.length)) throw view.error();
      t.equal(view.mti, version * 1000 + 110);
      t.equal(view.text(39), digitsOf(action), `${code}`);
      t.equal(view.text(38), code === 0 ? '123456' : '');
      t.equal(view.text(12), bought.fields[12]);
    }
    const advice = replyTo(readOne(changed(undone, {}, mti('420')), dialect), dialect, 0, 0);
    const view = new MessageView();
    t.ok(parse(view, dialect, advice, 0, advice.length));
    t.same([view.mti, view.text(56)], [version * 1000 + 430, undone.fields[56]]);
    t.equal(view.text(39), digitsOf(400), 'a reversal is accepted');
  });
}

t.test('1993: the point of service data code says where the card and the merchant met', async (t) => {
  const dialect = dialectByName('iso93-ascii');
  for (const [what, code, channel] of [
    ['chip in a shop', '510101511344', CHANNEL.pos],
    ['mail order', '100020100000', CHANNEL.moto],
    ['telephone order', '100030100000', CHANNEL.moto],
    ['internet', '100050900000', CHANNEL.ecommerce],
    ['internet, secured', '100090900000', CHANNEL.ecommerce],
    ['contactless stripe', '510101A11344', CHANNEL.contactless],
    ['contactless chip', '510101M11344', CHANNEL.contactless],
  ] as const) {
    const message = changed(byEdition(dialect, purchase()), { 22: code });
    t.equal(readOne(message, dialect).columns.channel[0], channel, what);
  }
  const cash = changed(byEdition(dialect, purchase({ 3: '010000' })), { 22: '510101M11344' });
  t.equal(readOne(cash, dialect).columns.channel[0], CHANNEL.atm);
});

t.test('2003: amount and currency stand in DE4, of which both are in the fingerprint', async (t) => {
  const dialect = dialectByName('iso2003-binary');
  const bought = byEdition(dialect, purchase());
  const read = (amount: string) => readOne(changed(bought, { 4: amount }), dialect);
  const { columns } = read('3920000000001500');
  t.same([columns.amount[0], columns.currency[0]], [1500, 392]);
  t.same(
    [read('9782999999999999').columns.amount[0], read('9782999999999999').columns.kind[0]],
    [999_999_999_999, KIND.authorise],
  );
  const same = fingerprintIn(read('9782000000001234'));
  t.equal(fingerprintIn(readOne(bought, dialect)), same);
  for (const other of ['9782000000001235', '8402000000001234']) t.not(fingerprintIn(read(other)), same);
});
