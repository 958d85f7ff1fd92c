export type ImageErrorCode =
  /** It ends before it is whole. */
  | 'HF_IMAGE_TORN'
  /** Another version of Holdfast wrote it, or a machine of another byte order, or it is no image. */
  | 'HF_IMAGE_VERSION'
  /** Its bytes are not those that were written. */
  | 'HF_IMAGE_DAMAGED';

/** An image of a state can't be used; there is always another way to the state, if a longer one. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  constructor(
    readonly code: ImageErrorCode,
    rule: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${rule}`, options);
  }
}
