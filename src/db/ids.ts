declare const idBrand: unique symbol;

/** Primary key of a row of one model; the compiler refuses the key of another model in its place. */
export type Id<Model extends string> = number & { readonly [idBrand]: Model };
