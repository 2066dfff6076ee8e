/** The level of the schema that this release works with. */
export const requiredLevel = '0041';
