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
        const ofClass = counts[units.labelOf(row)];
        if (ofClass === undefined) continue;
        if (isTaken(row)) ofClass.taken += 1;
        else free.add(units.labelOf(row));
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
