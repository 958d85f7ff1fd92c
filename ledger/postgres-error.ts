export type PostgresErrorCode =
  /** No Postgres binaries are packaged for this platform, or they can't be made ready to run. */
  | 'HF_POSTGRES_BINARIES'
  /** The directory can't hold the cluster: wrong owner, out of the server's reach, or something else is in it. */
  | 'HF_POSTGRES_DIRECTORY'
  /** `initdb` failed. */
  | 'HF_POSTGRES_INITDB'
  /** The cluster's password file is gone, or the server refuses what is in it. */
  | 'HF_POSTGRES_PASSWORD'
  /** The server ended, or did not accept connections in time. */
  | 'HF_POSTGRES_START'
  /** Someone else restarted the server on another port than the one this process has handed out. */
  | 'HF_POSTGRES_PORT'
  /** The server outlived its fast shutdown. */
  | 'HF_POSTGRES_STOP';

/**
 * The embedded Postgres can't be made ready, started or stopped. `tail` is the end of what the program in
 * question has printed; it is part of the message, since it is nearly always the reason.
 */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  constructor(
    readonly code: PostgresErrorCode,
    rule: string,
    readonly tail = '',
    options?: ErrorOptions,
  ) {
    super(`${code}: ${rule}${tail === '' ? '' : `\n${tail.trimEnd()}`}`, options);
  }
}

/** The `code` of a system or database error (`ENOENT`, `57P03`), '' where there is none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
