/** Which path that is there may be meant by one that is not: people and tools change case, extensions and folders. Pure. */
import { looselyWritten } from '../../../contracts/data/looselyWritten.js';
import { isLetterOff } from './letterOff.js';

/** Missing pictures of a list that a text names, each with what may be meant instead. */
export const mostShown = 3;

const extension = /\.[a-z0-9]{1,5}$/;

/** How near two paths are, the nearest first. */
const degrees = ['same', 'letter', 'end', 'name'] as const;
type Degree = (typeof degrees)[number];

interface Sought {
  /** How the path may be written, without its extension where it seems to have one. */
  forms: ReadonlySet<string>;
  /** Paths that are there, by how near they are: the first, and whether it is the only one. */
  found: Map<Degree, { path: string; isOnly: boolean }>;
}

/** Looks for some paths among any number of others. */
export class NearPaths {
  private readonly sought = new Map<string, Sought>();
  private readonly all: Sought[] = [];
  private readonly byName = new Map<string, Set<Sought>>();

  /** @param sought paths that are not there */
  constructor(sought: Iterable<string>) {
    for (const path of sought) {
      const folded = fold(path);
      const one = { forms: new Set([folded, folded.replace(extension, '')]), found: new Map() };
      this.sought.set(path, one);
      this.all.push(one);
      for (const form of one.forms) {
        this.byName.set(nameOf(form), (this.byName.get(nameOf(form)) ?? new Set()).add(one));
      }
    }
  }

  /** @param path one that is there */
  offer(path: string): void {
    const plain = fold(path).replace(extension, '');
    const sameName = this.byName.get(nameOf(plain));
    for (const one of sameName ?? []) add(one, degreeOf(plain, one.forms), path);
    for (const one of this.all) {
      if (sameName?.has(one) !== true && [...one.forms].some((form) => isLetterOff(plain, form)))
        add(one, 'letter', path);
    }
  }

  /** The path that is nearest to one that was sought; undefined where there is none, or more than one. */
  nearest(path: string): string | undefined {
    const found = this.sought.get(path)?.found;
    const best = degrees.map((degree) => found?.get(degree)).find((one) => one !== undefined);
    return best?.isOnly === true ? best.path : undefined;
  }
}

function add({ found }: Sought, degree: Degree, path: string): void {
  found.set(degree, { path, isOnly: !found.has(degree) });
}

function degreeOf(plain: string, forms: ReadonlySet<string>): Degree {
  if (forms.has(plain)) return 'same';
  const isEnd = [...forms].some((form) => plain.endsWith(`/${form}`) || form.endsWith(`/${plain}`));
  return isEnd ? 'end' : 'name';
}

function fold(path: string): string {
  return looselyWritten(path).toLowerCase().replace(/^\/+/, '');
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
