/** Temporal's ways of saying no, as the failures a person meets. */
import { ServiceError, WorkflowFailedError, WorkflowUpdateFailedError, isGrpcServiceError } from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  NamespaceNotFoundError,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowNotFoundError,
} from '@temporalio/common';
import { z } from 'zod';
import { GraftworkError, errorCodes } from '../../contracts/errors.js';
import { searchAttributes } from '../../contracts/names.js';

/** The gRPC status codes distinguished here (google.rpc.Code). */
const grpcStatus = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  FAILED_PRECONDITION: 9,
  UNAUTHENTICATED: 16,
} as const;

const createAttributes = `temporal operator search-attribute create ${Object.values(searchAttributes)
  .map(({ name, type }) => `--name ${name} --type ${type}`)
  .join(' ')}`;

const serializedErrorSchema = z.object({
  code: z.enum(errorCodes),
  message: z.string(),
  remedy: z.string().optional(),
  retryable: z.boolean(),
  exitCode: z.union([z.literal(1), z.literal(2)]),
});

/** The GraftworkError a worker put into a Temporal failure (details[0]), wherever in the chain of causes it stands. */
export function errorInFailure(failure: unknown): GraftworkError | undefined {
  for (const cause of causes(failure)) {
    if (!(cause instanceof ApplicationFailure)) continue;
    const parsed = serializedErrorSchema.safeParse(cause.details?.[0]);
    if (parsed.success) {
      const { remedy, ...rest } = parsed.data;
      return GraftworkError.fromJSON({ ...rest, ...(remedy === undefined ? {} : { remedy }) }, failure);
    }
  }
  return undefined;
}

/** Why a workflow did not complete. `run` names it. */
export function runFailure(error: unknown, run: string): GraftworkError {
  if (!(error instanceof WorkflowFailedError)) return serviceFailure(error, run);
  const known = errorInFailure(error);
  if (known !== undefined) return known;
  const chain = causes(error);
  const own = (message: string, remedy: string): GraftworkError =>
    new GraftworkError('GW_RUN_FAILED', message, { remedy, cause: error });
  if (chain.some((cause) => cause instanceof CancelledFailure))
    return own(`Run ${run} was cancelled.`, 'Start it again; finished stages are reused.');
  if (chain.some((cause) => cause instanceof TerminatedFailure))
    return own(`Run ${run} was terminated.`, 'Start it again; finished stages are reused.');
  if (chain.some((cause) => cause instanceof TimeoutFailure))
    return own(
      `Run ${run} ran out of time: ${chain.at(-1)?.message ?? ''}`,
      '`graftwork status` says whether workers serve.',
    );
  return own(`Run ${run} failed: ${chain.at(-1)?.message ?? error.message}`, 'Its history is in the Temporal UI.');
}

/** Whether Temporal answers, and will not have this client. */
export function isRefusal(error: unknown): boolean {
  const grpc = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(grpc)) return false;
  return grpc.code === grpcStatus.UNAUTHENTICATED || grpc.code === grpcStatus.PERMISSION_DENIED;
}

/** What went wrong while talking to Temporal about `run`. */
export function serviceFailure(error: unknown, run: string): GraftworkError {
  if (error instanceof GraftworkError) return error;
  if (error instanceof WorkflowNotFoundError) return noRun(run, error);
  if (error instanceof WorkflowUpdateFailedError) {
    return (
      errorInFailure(error) ??
      new GraftworkError('GW_USAGE', error.cause?.message ?? error.message, {
        cause: error,
        remedy: `See \`graftwork show ${run}\`.`,
      })
    );
  }
  if (error instanceof NamespaceNotFoundError) {
    return new GraftworkError('GW_TEMPORAL_UNREACHABLE', `Temporal has no namespace “${error.namespace}”.`, {
      remedy: 'Check TEMPORAL_NAMESPACE, or create it: `temporal operator namespace create`.',
      cause: error,
    });
  }
  const grpc = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(grpc)) {
    const message = error instanceof Error ? error.message : String(error);
    return new GraftworkError('GW_INTERNAL', message, { cause: error });
  }
  switch (grpc.code) {
    case grpcStatus.UNAUTHENTICATED:
    case grpcStatus.PERMISSION_DENIED:
      return new GraftworkError('GW_TEMPORAL_UNREACHABLE', `Temporal refuses this client: ${grpc.details}`, {
        remedy: 'Check TEMPORAL_API_KEY, the TLS settings and TEMPORAL_NAMESPACE.',
        cause: error,
      });
    case grpcStatus.NOT_FOUND:
      return new GraftworkError('GW_TEMPORAL_UNREACHABLE', `Temporal does not know this: ${grpc.details}`, {
        remedy: 'Check TEMPORAL_NAMESPACE.',
        cause: error,
      });
    case grpcStatus.INVALID_ARGUMENT:
      if (run === '') return noRun('without a name', error);
      if (grpc.details.includes('search attribute')) {
        return new GraftworkError('GW_SETUP', `Temporal lacks search attributes: ${grpc.details}`, {
          remedy: `Create them once: ${createAttributes}`,
          cause: error,
        });
      }
      return new GraftworkError('GW_USAGE', `Temporal refuses the request: ${grpc.details}`, {
        remedy: 'Check the names, times and notes that you gave.',
        cause: error,
      });
    case grpcStatus.FAILED_PRECONDITION:
      return new GraftworkError('GW_WORKER_AWAY', `The workflow workers cannot continue ${run}: ${grpc.details}`, {
        remedy:
          'Their log says why. Usually they run other code than the run started with, or have other GRAFTWORK_CODEC_KEYS than this client.',
        cause: error,
      });
    default:
      return new GraftworkError('GW_TEMPORAL_UNREACHABLE', `Temporal does not answer: ${withoutNote(grpc.details)}`, {
        remedy: '`graftwork status` says whether it runs.',
        retryable: true,
        cause: error,
      });
  }
}

function noRun(run: string, cause: unknown): GraftworkError {
  return new GraftworkError('GW_RUN_NOT_FOUND', `There is no run ${run}.`, {
    remedy: '`graftwork runs` lists them.',
    cause,
  });
}

/** gRPC ends a refused connection with a note on name resolution, mostly an empty one. */
function withoutNote(details: string): string {
  return details.replace(/\.? *Resolution note: *$/, '');
}

/** An error and the causes below it, outermost first. */
function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && !chain.includes(at); at = at.cause) chain.push(at);
  return chain;
}
