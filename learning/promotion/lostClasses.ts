/** Classes that the model in production recognises, and of which nothing shows that the new one does. Pure. */
import type { LostClasses } from '../../contracts/spec/promotion.js';

/** What a model's card says of its classes. */
export interface TestedClasses {
  classes: readonly string[];
  /** Of the test; may be empty. */
  perClass: readonly { class: string; support: number }[];
}

/**
 * The comparison is made on the new model's own test pictures, so it is silent about a class of which there are none any more.
 *
 * @returns undefined where no class is lost
 */
export function lostClasses(champion: TestedClasses, challenger: TestedClasses): LostClasses | undefined {
  const known = new Set(challenger.classes);
  const before = new Set(champion.classes);
  const wasTested = new Set(champion.perClass.filter(({ support }) => support > 0).map(({ class: name }) => name));
  const gone = champion.classes.filter((name) => !known.has(name));
  const untested = challenger.perClass
    .filter(({ class: name, support }) => support === 0 && wasTested.has(name))
    .map(({ class: name }) => name);
  if (gone.length + untested.length === 0) return undefined;
  return { gone, untested, added: challenger.classes.filter((name) => !before.has(name)) };
}
