/** Load that can't be made as asked; never says anything about a card but how many there are. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
  constructor(
    readonly code: 'HF_LOAD_CARDS' | 'HF_LOAD_CONNECT' | 'HF_LOAD_OPTION',
    rule: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${rule}`, options);
  }
}
