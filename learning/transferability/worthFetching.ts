/** Which networks are worth their download, by what is known of them beforehand. Pure. */

export interface KnownBeforehand {
  name: string;
  /** Of one picture's way through the network: see `workOfStages`. */
  work: number;
  /** Published shares: of ImageNet, and the mean of linear classifiers on other tasks; undefined where nobody says. */
  imagenetTop1: number | undefined;
  linearTransfer: number | undefined;
  /** Whether its weights are here, so that it is ranked in any case. */
  isHere: boolean;
}

export interface WorthFetching {
  /** The cheapest first. */
  wanted: string[];
  leftOut: { name: string; reason: string }[];
}

/** Networks fetched for one ranking: each costs a download and a pass of the sample. */
const mostFetched = 6;
/** What a picture may cost: about ViT-B on 224 pixels, half a second on two cores. */
const mostWork = 2.5e10;
/** Share by which a network has to be better than all cheaper ones. */
const leastGain = 0.01;

/**
 * Of the networks that are not here those that are better than every cheaper one, on ImageNet or in linear transfer: more of one is
 * what more of the cost has to buy (Kornblith et al. 2019). If that leaves too many, the most accurate ones are taken.
 */
export function worthFetching(networks: readonly KnownBeforehand[]): WorthFetching {
  const leftOut: WorthFetching['leftOut'] = [];
  const better: string[] = [];
  const best = { imagenetTop1: 0, linearTransfer: 0 };
  for (const { name, work, isHere, ...published } of networks.toSorted((a, b) => a.work - b.work)) {
    const gains = (['imagenetTop1', 'linearTransfer'] as const).filter(
      (figure) => (published[figure] ?? 0) >= best[figure] + leastGain,
    );
    if (isHere || (gains.length > 0 && work <= mostWork)) {
      best.imagenetTop1 = Math.max(best.imagenetTop1, published.imagenetTop1 ?? 0);
      best.linearTransfer = Math.max(best.linearTransfer, published.linearTransfer ?? 0);
      if (!isHere) better.push(name);
      continue;
    }
    leftOut.push({ name, reason: gains.length > 0 ? tooCostly : noBetter(published) });
  }
  const wanted = better.slice(-mostFetched);
  const cheaper = better.slice(0, -mostFetched).map((name) => ({ name, reason: 'more accurate networks are fetched' }));
  return { wanted, leftOut: [...leftOut, ...cheaper] };
}

const tooCostly = `one picture costs more than ${mostWork / 1e9} billion multiplications`;

function noBetter({ imagenetTop1, linearTransfer }: Pick<KnownBeforehand, 'imagenetTop1' | 'linearTransfer'>): string {
  return imagenetTop1 === undefined && linearTransfer === undefined
    ? 'no accuracy is published that could recommend a download'
    : 'a cheaper network is as accurate by the published figures';
}
