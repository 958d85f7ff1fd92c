import type { Decision } from './command.js';
import { minuteOf } from './due.js';
import { endHold } from './hold.js';
import { BLOCKED_MINUTES } from './message-record.js';
import { CARD, COUNTED, EXPIRES, FAMILY, FORGET, RECORD, SIBLING } from './record.js';
import type { TenantState } from './tenant-state.js';

/** Records that one command looks at, so that no message waits for long; the next command goes on. */
const RECORDS_MAX = 1024;

/** Whether {@link advanceTime} at that time, in ms, would find anything to do. */
export function isDue(state: TenantState, at: number): boolean {
  return state.due.next <= minuteOf(at);
}

/**
 * Time has come to `at`: holds whose time is up expire and give back what they hold, and messages that are outside
 * their window are forgotten. Says in `decision` when there is more to do.
 */
export function advanceTime(state: TenantState, at: number, decision: Decision): void {
  const { due } = state;
  const now = minuteOf(at);
  for (let left = RECORDS_MAX; due.next <= now; ) {
    if (left === 0) {
      decision.unfinished = true;
      return;
    }
    const row = due.take();
    if (row < 0) continue;
    left--;
    look(state, row, now);
  }
}

function look(state: TenantState, row: number, now: number): void {
  const { records, due } = state;
  const status = records.status(row);
  if (status === RECORD.held) {
    const expires = records.word(row, EXPIRES);
    if (expires > now) return due.add(row, expires);
    endHold(state, row, RECORD.expired);
  }
  const forget = records.word(row, FORGET);
  if (forget > now)
    return due.add(row, status === RECORD.blocked ? Math.min(forget, now + BLOCKED_MINUTES) : forget);
  // A child is found through its authorisation, so it stays as long as that does.
  const parent = records.parent(row);
  if (parent >= 0) return due.add(row, Math.max(now + 1, records.word(parent, FORGET)));
  forgetRecord(state, row);
}

function forgetRecord(state: TenantState, row: number): void {
  const { records } = state;
  if (state.effects !== null) state.effects.forgotten(row);
  // No child is forgotten before its authorisation; so these are its children, and on their own from now on.
  for (let next = records.word(row, FAMILY); next !== 0; ) {
    const child = next - 1;
    next = records.word(child, SIBLING);
    records.setWord(child, FAMILY, 0);
    records.setWord(child, SIBLING, 0);
  }
  if (records.isListed(row)) state.unlinkFromCard(row, records.word(row, CARD) - 1);
  const counted = records.word(row, COUNTED);
  if (counted !== 0) state.rules.counted.give(counted - 1);
  records.remove(row);
}
