/** What property tests draw their cases from: the same in every run, unless PROPERTY_SEED names another or says "random". */
const { PROPERTY_SEED } = process.env;

export const seed =
  PROPERTY_SEED === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(PROPERTY_SEED ?? 20_301_027);
