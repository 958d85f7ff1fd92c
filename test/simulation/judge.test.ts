import t from 'tap';
import { Decision, RESPONSE } from '../../ledger/command.js';
import {
  BODY_HEADER_BYTES,
  ENTRY_BYTES_MAX,
  writeBodyHeader,
  writeEntry,
} from '../../ledger/journal-body.js';
import { KIND } from '../../parsers/batch.js';
import { type Asked, commandOf } from '../ledger/commands.js';
import { EUR } from '../ledger/one-tenant.js';
import { type Check, Judge } from './judge.js';
import { fingerprintOf, type Message, PLAIN, type Reply } from './message.js';
import type { JournalTableRow } from './postgres/tables.js';
import type { SimulatedSwitch } from './simulated-switch.js';
import { newTally } from './tally.js';

const TENANT = 1;
const BASIS = { tenant: 0, token: 1, currency: EUR, mcc: 5411, processingCode: 0 };

const purchase: Message = { ...PLAIN, ...BASIS, id: 1, kind: KIND.authorise, key: 7, amount: 1000 };
const switchOf = (epoch: number, ended = false) =>
  ({ label: 'a/1', ended, node: { epoch: () => epoch } }) as unknown as SimulatedSwitch;

/** A journal row of one entry: a purchase that is decided, or one that is undone. */
function row(seq: number, asked: Asked, { epoch = 1, code = 0, approvalCode = 0, after = seq - 1 } = {}) {
  const body = Buffer.alloc(BODY_HEADER_BYTES + ENTRY_BYTES_MAX);
  writeBodyHeader(body, 0, 1, 0, 0);
  const decision = Object.assign(new Decision(), { responseCode: code, approvalCode });
  const end = writeEntry(body, BODY_HEADER_BYTES, commandOf(asked), decision);
  const [previousHash, hash] = [Buffer.alloc(32, after), Buffer.alloc(32, seq)];
  const stored: JournalTableRow = {
    tenant: TENANT,
    seq,
    epoch,
    previousHash,
    hash,
    at: 0,
    body: body.subarray(0, end),
  };
  return { table: 'journal', row: stored } as const;
}

const decided: Asked = {
  kind: 'authorise',
  key: purchase.key,
  token: 1,
  amount: 1000,
  currency: EUR,
  fingerprint: fingerprintOf(purchase),
};
const undone: Asked = { kind: 'voidRequest', key: purchase.key };

function reply(code: number, approvalCode = 0, message = purchase): Reply {
  return { message, code, approvalCode, amount: -1 };
}

/** What a judge finds wrong. */
function found(events: (judge: Judge) => void): Check[] {
  const checks: Check[] = [];
  const judge = new Judge(newTally(), (check) => checks.push(check));
  judge.sent(purchase, switchOf(1));
  events(judge);
  return checks;
}

t.test('what is heard as it stands in the journal is right', async (t) => {
  const checks = found((judge) => {
    judge.committed([row(1, decided, { approvalCode: 42 })], () => 1);
    judge.heard(reply(RESPONSE.approved, 42), switchOf(1), TENANT);
    judge.heard(reply(RESPONSE.approved, 42), switchOf(1), TENANT);
    judge.heard(reply(RESPONSE.issuerInoperative), switchOf(2), TENANT);
    judge.checkRefusals(
      () => TENANT,
      () => 1,
    );
  });
  t.same(checks, []);
});

t.test('what is heard and does not stand there, or not so, is found', async (t) => {
  const early = found((judge) => judge.heard(reply(RESPONSE.approved), switchOf(1), TENANT));
  const other = found((judge) => {
    judge.committed([row(1, decided, { approvalCode: 42 })], () => 1);
    judge.heard(reply(RESPONSE.approved, 43), switchOf(1), TENANT);
    judge.heard(reply(RESPONSE.insufficientFunds), switchOf(1), TENANT);
    judge.heard(reply(RESPONSE.approved, 42, { ...purchase, amount: 1001 }), switchOf(1), TENANT);
  });
  const late = found((judge) => {
    judge.committed([row(1, decided), row(2, undone)], () => 1);
    judge.heard(reply(RESPONSE.approved), switchOf(1), TENANT);
  });
  t.same([early, other, late], [['heard'], ['heard', 'heard', 'heard'], ['heard']]);
});

t.test('a key that is decided twice is found', async (t) => {
  t.same(
    found((judge) => judge.committed([row(1, decided), row(2, decided)], () => 1)),
    ['twice'],
  );
});

t.test('rows of an epoch that is over, and rows that do not follow, are found', async (t) => {
  t.same(
    found((judge) => judge.committed([row(1, decided)], () => 2)),
    ['fence'],
  );
  t.same(
    found((judge) => judge.committed([row(1, decided, { after: 9 })], () => 1)),
    ['chain'],
  );
  t.same(
    found((judge) => judge.committed([row(1, decided), row(3, { kind: 'advanceTime' })], () => 1)),
    ['chain'],
  );
});

t.test('a request that is answered 91 by its holder, and approved all the same, is found', async (t) => {
  const refuse = (by: SimulatedSwitch, more: (judge: Judge) => void = () => {}) =>
    found((judge) => {
      judge.committed([row(1, decided)], () => 1);
      judge.heard(reply(RESPONSE.issuerInoperative), switchOf(1), TENANT);
      judge.heard(reply(RESPONSE.issuerInoperative), by, TENANT);
      more(judge);
      judge.checkRefusals(
        () => TENANT,
        () => 1,
      );
    });
  t.same(refuse(switchOf(1)), ['stranded', 'stranded']);
  t.same(
    refuse(switchOf(1), (judge) => judge.committed([row(2, undone)], () => 1)),
    [],
  );
  t.same(
    refuse(switchOf(1), (judge) => judge.sent(purchase, switchOf(1))),
    [],
    'it may be another copy that was decided',
  );
});
