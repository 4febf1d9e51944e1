/** Which pictures of a split are looked at, where not all are. Pure. */

/** Chooses pictures by their labels, in the order of the split. */
export type PickPictures = (labels: readonly number[]) => Iterable<number>;

/** Evenly spaced pictures, at most so many. */
export function evenlySpaced(most: number): PickPictures {
  return (labels) => spaced(Array.from(labels.keys()), most);
}

/** Evenly spaced pictures of each class: at most `each`, and fewer where there are more than `most` in all, but at least one. */
export function ofEachClass(each: number, most: number): PickPictures {
  return (labels) => {
    const members = new Map<number, number[]>();
    for (const [place, label] of labels.entries()) {
      const own = members.get(label);
      if (own === undefined) members.set(label, [place]);
      else own.push(place);
    }
    const share = Math.max(1, Math.min(each, Math.floor(most / members.size)));
    return [...members.values()].flatMap((places) => spaced(places, share));
  };
}

function spaced(places: readonly number[], most: number): number[] {
  const length = Math.min(places.length, most);
  return Array.from({ length }, (_, at) => places[Math.floor((at * places.length) / length)] as number);
}
