/**
 * What two flags that are the two answers to one question say: yes, no, or nothing.
 */
export function either(yes: boolean, no: boolean): boolean | undefined {
  return yes || no ? yes : undefined;
}
