/** Sources with the same features: a network, and models of which only the head was trained. Pure. */
import type { Candidate, SkippedSource, SourceScores } from '../../contracts/models/ranking.js';
import { sourceText } from '../../contracts/spec/sources/sources.js';

/** A source with what was found of it. */
export interface ScoredCandidate {
  candidate: Candidate;
  scores: SourceScores;
}

/**
 * Keeps one of the sources whose features score the same in every stage: the network itself, else the model of the most similar task.
 *
 * @param scored in order
 * @returns those that are kept, in order, and the others with the reason
 */
export function withoutEquals<Source extends ScoredCandidate>(
  scored: readonly Source[],
): { kept: Source[]; skipped: SkippedSource[] } {
  const first = new Map<string, Source>();
  const byPreference = scored.toSorted(
    ({ candidate: a }, { candidate: b }) =>
      Number(a.model !== null) - Number(b.model !== null) || (b.similarity ?? 0) - (a.similarity ?? 0),
  );
  for (const one of byPreference) if (!first.has(featuresOf(one))) first.set(featuresOf(one), one);
  const equals = scored.filter((one) => first.get(featuresOf(one)) !== one);
  return {
    kept: scored.filter((one) => !equals.includes(one)),
    skipped: equals.map((one) => {
      const source = sourceText(one.candidate);
      const other = sourceText((first.get(featuresOf(one)) ?? one).candidate);
      return {
        source,
        reason: `its features are those of ${other}, because only its head was trained`,
        remedy: `\`--backbone ${source}\` starts from it all the same.`,
      };
    }),
  };
}

/** What features are known by: sources of other weights never score the same to the last digit. */
function featuresOf({ candidate, scores: { stages, poolings = [] } }: ScoredCandidate): string {
  const found = [...stages, ...poolings.map(({ scores }) => scores)];
  return JSON.stringify([candidate.name, found.map(({ logme, knn, linear }) => [logme, knn, linear])]);
}
