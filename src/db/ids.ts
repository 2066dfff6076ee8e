import { ArgumentError } from '../errors.ts';

declare const idBrand: unique symbol;

/** Primary key of a row of one model; the compiler refuses the key of another model in its place. */
export type Id<Model extends string> = number & { readonly [idBrand]: Model };

/**
 * A number from outside as the key of a row; whether there is such a row is another matter.
 * @throws ArgumentError when it is no positive whole number that JavaScript holds exactly
 */
export function asId<Model extends string>(number: number): Id<Model> {
  if (Number.isSafeInteger(number) && number > 0) return number as Id<Model>;
  throw new ArgumentError(`${number} is no id: ids are whole numbers from 1`);
}
