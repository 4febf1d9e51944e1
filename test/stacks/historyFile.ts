/** A history as Temporal's command line and UI write it (`temporal workflow show --output json`), for replaying. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Worker } from '@temporalio/worker';

export type History = Parameters<typeof Worker.runReplayHistory>[1];

export interface HistoryJson {
  events: {
    eventId: string;
    eventType: string;
    activityTaskScheduledEventAttributes?: { activityType: { name: string } };
    workflowExecutionStartedEventAttributes?: { workflowId: string };
  }[];
}

/*
 * The SDK reads this format itself, but checks types by class, and npm may install one copy of protobufjs for the types and
 * another one for the reader. This takes both from where the types are.
 */
const ofCommon = createRequire(createRequire(import.meta.url).resolve('@temporalio/common'));
const ofProto = createRequire(ofCommon.resolve('@temporalio/proto'));
const root: unknown = ofCommon('@temporalio/proto');
const { patchProtobufRoot } = ofCommon('@temporalio/proto/lib/patch-protobuf-root') as {
  patchProtobufRoot: (root: unknown) => { lookupType(name: string): unknown };
};
const { fromJson } = ofProto('protobufjs/ext/protojson') as {
  fromJson: (type: unknown, json: unknown, options: { ignoreUnknownFields: boolean }) => History;
};
const historyType = patchProtobufRoot(root).lookupType('temporal.api.history.v1.History');

export function parseHistory(json: HistoryJson): History {
  return fromJson(historyType, json, { ignoreUnknownFields: true });
}

export function readHistory(file: string): HistoryJson {
  return JSON.parse(readFileSync(file, 'utf8')) as HistoryJson;
}
