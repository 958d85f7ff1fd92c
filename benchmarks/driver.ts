import type { LoadReport } from '../switch/load/open-loop.js';
import type { GeneratorConfig } from './generator-config.js';
import { runJsonProcess } from './json-process.js';
import { loadLine } from './report.js';
import type { SwitchProcess } from './switch-process.js';

const CONNECTIONS = 8;
const GRACE_MS = 10_000;
/** DE32 of the first run; each run has a hundred of its own. */
const ACQUIRERS = 60_000_000_000;

/** How long a rate is driven, and before that without being measured. */
export interface Measure {
  readonly seconds: number;
  readonly warmupSeconds: number;
}

/** Drives a switch with authorisations on all its cards, at one rate after the other. */
export class Driver {
  readonly #target: SwitchProcess;
  readonly #measure: Measure;
  #runs = 0;

  constructor(target: SwitchProcess, measure: Measure) {
    this.#target = target;
    this.#measure = measure;
  }

  /** Prints what came out, too. */
  async drive(rate: number): Promise<LoadReport> {
    const { port, cardsFile } = this.#target;
    const { seconds, warmupSeconds } = this.#measure;
    const config: GeneratorConfig = {
      host: '127.0.0.1',
      port,
      dialect: 'iso87-ascii',
      cardsFile,
      cards: 'uniform',
      rate,
      seconds,
      warmupSeconds,
      connections: CONNECTIONS,
      spread: 'constant',
      seed: ++this.#runs,
      acquirer: ACQUIRERS + this.#runs * 100,
      graceMs: GRACE_MS,
      expectedCode: '00',
    };
    const report = await runJsonProcess<LoadReport>('./load-generator.js', config);
    process.stdout.write(`${loadLine(report)}\n`);
    return report;
  }
}
