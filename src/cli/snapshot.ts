import type { Db } from '../db/database.ts';
import { transaction } from '../db/transaction.ts';

/** Runs `work` on one read-only snapshot. */
export function inSnapshot<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return transaction(db, work, { isolation: 'repeatable read', readOnly: true });
}
