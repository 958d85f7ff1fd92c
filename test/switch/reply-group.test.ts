import fc from 'fast-check';
import t from 'tap';
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
    undoable: at % 3 === 0,
  }));
  for (const round of ['when it is new', 'when it is used again']) {
    for (const { message, responseCode, approvalCode, undoable } of answers) {
      group.add(message, responseCode, approvalCode, undoable);
    }
    const kept = Array.from({ length: group.length }, (_, at) => ({
      message: group.messages[at],
      responseCode: group.responseCodes[at],
      approvalCode: group.approvalCodes[at],
      undoable: group.undoable[at] === 1,
    }));
    t.same(kept, answers, round);
    group.expired = 7;
    group.clear();
    t.same([group.length, group.expired], [0, 0]);
  }
});
