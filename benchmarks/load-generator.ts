import { readFileSync } from 'node:fs';
import { dialectByName } from '../parsers/dialects/index.js';
import { uniformChoice, zipfChoice } from '../switch/load/choice.js';
import { Deck, type LoadCard } from '../switch/load/deck.js';
import { runOpenLoop } from '../switch/load/open-loop.js';
import { SeededRandom } from '../switch/load/random.js';
import { codeNumber } from '../switch/load/requests.js';
import { purchaseTraffic } from '../switch/load/traffic.js';
import type { GeneratorConfig } from './generator-config.js';
import { jsonArgument } from './json-process.js';

/** The load generator as a program: `node load-generator.js '{…}'` prints its report as JSON. */
const config = jsonArgument<GeneratorConfig>();
const dialect = dialectByName(config.dialect);
const deck = new Deck(JSON.parse(readFileSync(config.cardsFile, 'utf8')) as LoadCard[]);
const random = new SeededRandom(config.seed);
const cards =
  config.cards === 'uniform'
    ? uniformChoice(random, deck.count)
    : zipfChoice(random, deck.count, config.cards.zipf);
const traffic = purchaseTraffic(dialect, deck.panLength, cards, random, codeNumber(config.expectedCode));
const { host, port, rate, seconds, warmupSeconds, connections, spread, seed, acquirer, graceMs } = config;
const report = await runOpenLoop(
  { host, port, dialect, deck, rate, seconds, warmupSeconds, connections, spread, seed, acquirer, graceMs },
  traffic,
);
process.stdout.write(`${JSON.stringify(report)}\n`);
