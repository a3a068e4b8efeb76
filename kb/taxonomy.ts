import { categories, type Category, type KnownCategory } from '../workflows/domain/categories.ts';

export { categories };
export type { Category, KnownCategory };
