import fc from 'fast-check';
import t from 'tap';
import { Decision } from '../../ledger/command.js';
import { messageOf, ReplyGroup } from '../../switch/reply-group.js';

t.test('a message number holds any batch and any place in it', async (t) => {
  const part = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(part, part, (which, index) => {
      const message = messageOf(which, index);
      return (
        message >>> 16 === which && (message & 0xffff) === index && Uint32Array.of(message)[0] === message
      );
    }),
    { examples: [[0xffff, 0xffff]] },
  );
  t.pass();
});

t.test('a group keeps what was added, in order, however many', async (t) => {
  const group = new ReplyGroup();
  const answers = Array.from({ length: 5000 }, (_, at) => ({
    message: messageOf(at % 1024, at),
    responseCode: at % 100,
    approvalCode: (at * 199) % 1_000_000,
    approvedAmount: at % 5 === 0 ? 10 * at : -1,
    balanceCurrency: at % 7 === 0 ? 978 : 0,
    availableBalance: at % 7 === 0 ? 2 ** 40 - at : 0,
    ledgerBalance: at % 7 === 0 ? -at : 0,
    undoable: at % 3 === 0,
  }));
  for (const round of ['when it is new', 'when it is used again']) {
    for (const { message, undoable, ...decided } of answers) {
      group.add(message, Object.assign(new Decision(), decided), undoable);
    }
    const kept = Array.from({ length: group.length }, (_, at) => ({
      message: group.messages[at],
      responseCode: group.responseCodes[at],
      approvalCode: group.approvalCodes[at],
      approvedAmount: group.approvedAmounts[at],
      balanceCurrency: group.balanceCurrencies[at],
      availableBalance: group.balanceCurrencies[at] === 0 ? 0 : group.availableBalances[at],
      ledgerBalance: group.balanceCurrencies[at] === 0 ? 0 : group.ledgerBalances[at],
      undoable: group.undoable[at] === 1,
    }));
    t.same(kept, answers, round);
    group.expired = 7;
    group.clear();
    t.same([group.length, group.expired], [0, 0]);
  }
});

t.test('an answer that is refused is 91, without an approval and with nothing to undo', async (t) => {
  const group = new ReplyGroup();
  const decision = Object.assign(new Decision(), { approvalCode: 123_456 });
  for (const undoable of [true, false, true]) group.add(messageOf(0, group.length), decision, undoable);
  group.refuse(0);
  group.refuse(1);
  t.same([...group.responseCodes.subarray(0, 3)], [91, 91, 0]);
  t.same([...group.approvalCodes.subarray(0, 3)], [0, 0, 123_456]);
  t.same(
    [...group.undoable.subarray(0, 3)].map((value) => value === 1),
    [false, false, true],
  );
});
