import t from 'tap';
import { Command, ENTRY, TRAIT } from '../../ledger/command.js';
import { MessageView } from '../../parsers/view.js';
import { build } from '../../parsers/writer.js';
import type { Link } from '../../switch/link.js';
import { fillCommand } from '../../switch/message-command.js';
import { ascii, emptyBatch, place, purchase, read, reversal } from '../parsers/one-message.js';

const LINKS = [{ config: { duplicateWindowHours: 24 } }] as unknown as readonly Link[];

t.test('a command has of each message of a batch what it says, and nothing of the one before', async (t) => {
  const shop = 'LE COMPTOIR            PARIS          FR';
  const frames = [
    purchase({ 22: '071', 43: shop, 52: '0123456789ABCDEF' }),
    purchase({ 18: undefined, 22: undefined, 25: undefined, 32: undefined }),
    reversal({ 19: '056', 22: '812', 43: 'WWW SHOP'.padEnd(40) }),
  ].map((message) => build(ascii, message));
  const batch = emptyBatch(frames.length, Buffer.concat(frames).length);
  const view = new MessageView();
  const command = new Command();
  let offset = 0;
  const filled = frames.map((frame, index) => {
    place(batch, index, offset, frame);
    offset += frame.length;
    read(view, batch, index, ascii);
    fillCommand(command, batch, index, LINKS);
    const { entry, traits, country, acquirer, mcc, windowHours, acceptor, acceptorLength } = command;
    const text = Buffer.from(acceptor.subarray(0, acceptorLength)).toString('latin1');
    return { entry, traits, country, acquirer, mcc, windowHours, text };
  });
  const { cardPresent, cardholderPresent, pin, strongAuthentication } = TRAIT;
  const strong = cardPresent | cardholderPresent | pin | strongAuthentication;
  const common = { mcc: 5812, windowHours: 24, acquirer: 123_456 };
  t.same(filled, [
    { ...common, entry: ENTRY.contactless, traits: strong, country: 250, text: shop },
    { ...common, entry: ENTRY.unknown, traits: 0, country: 0, text: '', acquirer: 0, mcc: 0 },
    { ...common, entry: ENTRY.ecommerce, traits: 0, country: 56, text: 'WWW SHOP' },
  ]);
});
