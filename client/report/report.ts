/** Reports as HTML: of one run, or of two set against each other. */
import type { PictureTest } from '../../contracts/models/pictureTest.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { comparePage } from './compare/comparePage.js';
import { testPictures } from './compare/samePictures.js';
import { runFacts, type ReportSources, type RunFacts } from './facts/runFacts.js';
import { thumbnails } from './facts/thumbnails.js';
import { runPage } from './runPage.js';
import { picturesOf, reviewPage } from './review/reviewPage.js';
import { testPage } from './testPage.js';
import type { LabelReview } from '../runs/review.js';
import type { Prices } from '../runs/options.js';
import { meantRun } from '../runs/meantRun.js';

export interface Report {
  /** HTML of the report, which loads no other file. */
  html: string;
  title: string;
  /** First sentence of the report. */
  verdict: string;
  runs: string[];
  /** Stored figures that differ from the outcomes of the test, by run. Usually none. */
  mismatches: Record<string, string[]>;
  /** Parts that were not found, by run. */
  notFound: Record<string, string[]>;
}

/**
 * @param run a training run, or the retraining that started it
 * @throws GraftworkError GW_RUN_NOT_FOUND, GW_TEMPORAL_UNREACHABLE, GW_S3_…
 */
export async function reportOf(sources: ReportSources, run: string, prices: Prices): Promise<Report> {
  const facts = await factsOf(sources, run, { withPictures: true });
  return told(runPage(facts, prices), [facts]);
}

/** @throws GraftworkError as `reportOf` */
export async function reportComparing(sources: ReportSources, runs: readonly [string, string]): Promise<Report> {
  const first = await factsOf(sources, runs[0], { withPictures: false });
  const second = await factsOf(sources, runs[1], { withPictures: false });
  return told(comparePage(first, second, await testPictures(sources.store, first, second)), [first, second]);
}

/** @throws GraftworkError GW_S3_…; a picture that is gone is a note in its place */
export async function reportOfTest(store: ObjectStore, test: PictureTest): Promise<string> {
  const places = new Map(test.mistakes.map((mistake) => [mistake.path, mistake]));
  return testPage(test, await thumbnails(store, [...places.keys()], places), Date.now());
}

/** Pictures of a review are larger: a person judges them. */
const reviewSide = 240;

/** @throws GraftworkError GW_S3_…; a picture that is gone is a note in its place */
export async function reportOfReview(store: ObjectStore, review: LabelReview): Promise<string> {
  const places = new Map(picturesOf(review).map((picture) => [picture.path, picture]));
  return reviewPage(review, await thumbnails(store, [...places.keys()], places, reviewSide), Date.now());
}

async function factsOf(sources: ReportSources, run: string, options: { withPictures: boolean }): Promise<RunFacts> {
  return runFacts(sources, await meantRun(sources.temporal, sources.store, run), options);
}

function told(page: Pick<Report, 'title' | 'verdict' | 'html'>, all: readonly RunFacts[]): Report {
  const byRun = (of: (facts: RunFacts) => string[]): Record<string, string[]> =>
    Object.fromEntries(all.map((facts) => [facts.result.run, of(facts)]));
  return {
    ...page,
    runs: all.map(({ result }) => result.run),
    mismatches: byRun(({ figures }) => figures?.mismatches ?? []),
    notFound: byRun(({ notes }) => notes),
  };
}
