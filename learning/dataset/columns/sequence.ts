/** What an array and a table have in common: rows in an order. A table makes each row anew when it is asked for. */
export interface Sequence<T> extends Iterable<T> {
  readonly length: number;
  at(index: number): T | undefined;
}

/** As `array.entries()`. */
export function* numbered<T>(rows: Iterable<T>): Generator<[row: number, value: T]> {
  let row = 0;
  for (const value of rows) yield [row++, value];
}

/** A table of rows that are made when they are asked for. */
export function sequence<T>(length: number, at: (row: number) => T): Sequence<T> {
  return {
    length,
    at,
    *[Symbol.iterator]() {
      for (let row = 0; row < length; row += 1) yield at(row);
    },
  };
}
