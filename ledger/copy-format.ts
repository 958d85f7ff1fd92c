/** What PostgreSQL's binary format of COPY begins with: signature, flags, no extension (PostgreSQL, COPY). */
export const COPY_HEADER: Buffer = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');
/** What it ends with: a row of −1 fields. */
export const COPY_TRAILER: Buffer = Buffer.from('ffff', 'hex');
/** 2000-01-01 in ms since 1970, from where Postgres counts. */
export const POSTGRES_EPOCH_MS = 946_684_800_000;
