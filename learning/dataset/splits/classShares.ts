/** How far a draw has come in each class, and what would bring it nearer to what was asked for. */
import { quotas } from './quotas.js';
import type { DrawSettings } from './draw.js';
import type { Unit, Units } from './units.js';

/** Units with which a class gives at least one picture: the test comes first, validation when there is enough to train. */
const needed = { test: 2, validation: 4 } as const;

interface ClassShare {
  pictures: number;
  drawn: number;
  /** Pictures it shall give. */
  quota: number;
  /** Units that have a picture of the class which is not drawn. */
  free: number;
}

export class ClassShares {
  private readonly units: Units;
  /** By label. */
  private readonly classes: ClassShare[];

  /**
   * @param isTaken whether a row is drawn
   * @param isOpen whether nothing of a unit is decided
   */
  constructor(
    units: Units,
    { into, share }: Pick<DrawSettings, 'into' | 'share'>,
    isTaken: (row: number) => boolean,
    isOpen: (unit: Unit) => boolean,
  ) {
    this.units = units;
    const counts = units.classNames.map(() => ({ pictures: 0, taken: 0, open: 0, units: 0, free: 0 }));
    for (const unit of units) {
      const open = isOpen(unit) ? 1 : 0;
      const free = new Set<number>();
      for (const row of unit.rows) {
        for (const label of units.labelsOf(row)) {
          const ofClass = counts[label];
          if (ofClass === undefined) continue;
          if (isTaken(row)) ofClass.taken += 1;
          else free.add(label);
        }
      }
      for (const { label, count } of unit.classes) {
        const ofClass = counts[label];
        if (ofClass === undefined) continue;
        ofClass.pictures += count;
        ofClass.units += 1;
        ofClass.open += open;
        if (free.has(label)) ofClass.free += 1;
      }
    }
    // Of one or two pictures a class can spare none.
    const limits = (isEnough: boolean) => (isEnough ? { least: 1, most: Infinity } : { least: 0, most: 0 });
    const wanted = quotas(
      counts.map((ofClass) => ({ ...ofClass, ...limits(ofClass.units >= needed[into]) })),
      share,
    );
    this.classes = counts.map(({ pictures, taken, free }, label) => ({
      ...{ pictures, free },
      ...{ drawn: taken, quota: wanted[label] ?? 0 },
    }));
  }

  /**
   * Open units one after the other, each with the side it goes to: iterative stratification (Sechidis et al. 2011, algorithm 1) into two
   * subsets. The label with the fewest pictures left comes first. Its units go where the most pictures of it are still missing; where
   * that is equal, where the most are missing of all labels. Units of a label come in their own order, so nothing is left to chance.
   * To be called with each unit that is taken, before the next is asked for.
   */
  *stratified(units: Units, isOpen: (unit: Unit) => boolean): Generator<{ unit: Unit; isIn: boolean }> {
    const members = this.classes.map((): Unit[] => []);
    const left = this.classes.map(() => 0);
    /** Pictures that the other side lacks. */
    const rest = this.classes.map(({ pictures, quota }) => pictures - quota);
    for (const unit of units) {
      const open = isOpen(unit);
      for (const { label, count } of unit.classes) {
        if (open) {
          members[label]?.push(unit);
          left[label] = (left[label] ?? 0) + count;
        } else {
          rest[label] = (rest[label] ?? 0) - count;
        }
      }
    }
    // What was drawn before is no picture of the other side.
    for (const [label, { drawn }] of this.classes.entries()) rest[label] = (rest[label] ?? 0) + drawn;
    const done = new Set<number>();
    const lacking = (label: number): number => (this.classes[label]?.quota ?? 0) - (this.classes[label]?.drawn ?? 0);
    const missing = ({ classes }: Unit, side: (label: number) => number): number =>
      classes.reduce((sum, { label }) => sum + side(label), 0);
    for (;;) {
      const rarest = left.reduce(
        (best, count, label) => (count > 0 && (best < 0 || count < (left[best] ?? 0)) ? label : best),
        -1,
      );
      if (rarest < 0) return;
      for (const unit of members[rarest] ?? []) {
        const first = unit.rows[0] ?? 0;
        if (done.has(first)) continue;
        done.add(first);
        const lead =
          lacking(rarest) - (rest[rarest] ?? 0) || missing(unit, lacking) - missing(unit, (label) => rest[label] ?? 0);
        const isIn = lead > 0 && this.isSpared(unit);
        for (const { label, count } of unit.classes) {
          left[label] = (left[label] ?? 0) - count;
          if (!isIn) rest[label] = (rest[label] ?? 0) - count;
        }
        yield { unit, isIn };
      }
      left[rarest] = 0;
    }
  }

  /** Whether no class of it comes to more than its quota, and each keeps a unit that is not drawn. */
  hasRoomFor(unit: Unit): boolean {
    return this.isSpared(unit) && this.sum(unit, ({ drawn, quota }, count) => (drawn + count > quota ? 1 : 0)) === 0;
  }

  /** Whether with it the classes are nearer to their quotas, as squared shares of the classes. */
  areNearerWith(unit: Unit): boolean {
    const change = this.sum(unit, ({ pictures, drawn, quota }, count) => {
      const missing = (quota - drawn) / pictures;
      return (missing - count / pictures) ** 2 - missing ** 2;
    });
    return change < 0 && this.isSpared(unit);
  }

  take({ classes }: Unit): void {
    for (const { label, count } of classes) {
      const ofClass = this.classes[label];
      if (ofClass === undefined) continue;
      ofClass.drawn += count;
      ofClass.free -= 1;
    }
  }

  /**
   * Of each class that gives none, although it should, the open unit of the fewest pictures: all may come in larger numbers than the
   * quota. None that would take half of another class.
   */
  *lightestOfUndrawn(isOpen: (unit: Unit) => boolean): Generator<Unit> {
    const isUndrawn = (label: number): boolean => {
      const ofClass = this.classes[label];
      return ofClass !== undefined && ofClass.drawn === 0 && ofClass.quota > 0;
    };
    const suits = (unit: Unit, label: number): boolean =>
      isUndrawn(label) && this.isSpared(unit) && unit.classes.every((one) => one.label === label || !this.isMost(one));
    if (!this.classes.some((_class, label) => isUndrawn(label))) return;
    const lightest = new Map<number, Unit>();
    for (const unit of this.units) {
      if (!unit.classes.some(({ label }) => isUndrawn(label)) || !isOpen(unit)) continue;
      for (const { label } of unit.classes) {
        if (!suits(unit, label)) continue;
        if (unit.rows.length < (lightest.get(label)?.rows.length ?? Infinity)) lightest.set(label, unit);
      }
    }
    // One that was taken for another class may have changed what suits.
    for (const [label, unit] of lightest) if (suits(unit, label) && isOpen(unit)) yield unit;
  }

  /** The first unit of each class whose pictures are all drawn. */
  *foremostOfDrawnWhole(): Generator<Unit> {
    const whole = new Set(this.classes.flatMap(({ free }, label) => (free === 0 ? [label] : [])));
    if (whole.size === 0) return;
    for (const unit of this.units) {
      if (!unit.classes.some(({ label }) => whole.has(label))) continue;
      for (const { label } of unit.classes) whole.delete(label);
      yield unit;
    }
  }

  private isSpared(unit: Unit): boolean {
    return unit.classes.every(({ label }) => (this.classes[label]?.free ?? 0) > 1);
  }

  private isMost({ label, count }: Unit['classes'][number]): boolean {
    const ofClass = this.classes[label];
    return ofClass !== undefined && ofClass.drawn + count > ofClass.pictures / 2;
  }

  private sum({ classes }: Unit, value: (ofClass: ClassShare, count: number) => number): number {
    return classes.reduce((total, { label, count }) => {
      const ofClass = this.classes[label];
      return total + (ofClass === undefined ? 0 : value(ofClass, count));
    }, 0);
  }
}
