import { describe, expect, test } from 'vitest';
import { BatchSize } from '../../../src/models/expiry/batch.ts';

/** The sizes of batches one after the other, when each row takes so many milliseconds, and each batch some more. */
function sizes(size: BatchSize, count: number, { perRow = 0, perBatch = 0 }): number[] {
  return Array.from({ length: count }, () => {
    const rows = size.value;
    size.took(rows, perBatch + rows * perRow);
    return rows;
  });
}

describe('the size of batches', () => {
  test('grows to its limit where the server is quick', () => {
    expect(sizes(new BatchSize(200, 1000), 6, { perRow: 0.01, perBatch: 2 }).at(-1)).toBe(1000);
  });

  test('comes near 45 ms where it is not, from either side', () => {
    for (const first of [60, 200, 900]) {
      const rows = sizes(new BatchSize(first, 1000), 12, { perRow: 0.3 }).at(-1) ?? 0;
      expect(rows * 0.3).toBeGreaterThan(35);
      expect(rows * 0.3).toBeLessThan(55);
    }
  });

  test('falls within three batches to where no wait is long when the server gets ten times slower', () => {
    const size = new BatchSize(200, 1000);
    sizes(size, 10, { perRow: 0.05 });
    const [, , , rows = 0] = sizes(size, 4, { perRow: 0.5 });
    expect(rows * 0.5).toBeLessThan(100);
  });

  test('does not fall below a twentieth of its limit, however slow it gets', () => {
    expect(sizes(new BatchSize(200, 1000), 20, { perBatch: 5000 }).at(-1)).toBe(50);
  });

  test('learns nothing from a batch with few rows', () => {
    const size = new BatchSize(200, 1000);
    size.took(3, 5);
    size.took(1, 500);
    expect(size.value).toBe(200);
  });

  test('stays where it was given', () => {
    const size = new BatchSize(7, 7);
    expect(sizes(size, 5, { perRow: 1000 })).toEqual([7, 7, 7, 7, 7]);
    expect(sizes(size, 5, { perRow: 0.001 })).toEqual([7, 7, 7, 7, 7]);
  });
});
