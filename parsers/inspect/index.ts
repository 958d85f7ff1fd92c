export { type AnnotateOptions, annotate } from './annotate.js';
export { type Guess, guess, LIKELY_FRAMINGS, likelyFramings } from './guess.js';
export { type InputKind, type InputPiece, type RecognisedInput, recogniseInput } from './hex-input.js';
export {
  asIssue,
  type InspectedField,
  type InspectedFields,
  type InspectedIssue,
  type InspectedMessage,
  type InspectOptions,
  inspect,
} from './inspect.js';
export { type ListedField, listFields } from './list.js';
export { type PathFilter, pathFilter } from './path-filter.js';
export { isCapture, type TcpStream, tcpStreams } from './pcap.js';
export { type Ranked, rank } from './rank.js';
