import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireTracingVariables, startTracingIfWanted, tracesEndpoint } from './startTracingIfWanted.js';

test('traces are sent where OpenTelemetry’s variables say, and nowhere when they say nothing or no', async () => {
  const all = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };
  assert.equal(tracesEndpoint(all), 'http://collector:4318/v1/traces');
  assert.equal(tracesEndpoint({ ...all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t/x' }), 'http://t/x');
  for (const off of [
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { ...all, OTEL_SDK_DISABLED: 'TRUE' },
    { ...all, OTEL_TRACES_EXPORTER: 'none' },
  ]) {
    assert.equal(tracesEndpoint(off), undefined);
    assert.equal(await startTracingIfWanted('nobody', off), undefined);
  }
});

test('what cannot be sent is reported with the variable’s name', () => {
  const all = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
  requireTracingVariables({ ...all, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' });
  assert.throws(() => requireTracingVariables({ ...all, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }), {
    code: 'GW_ENVIRONMENT_INVALID',
    message: /OTEL_EXPORTER_OTLP_PROTOCOL: grpc/,
  });
  assert.throws(() => requireTracingVariables({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }), {
    code: 'GW_ENVIRONMENT_INVALID',
    message: /OTEL_EXPORTER_OTLP_ENDPOINT: collector:4318/,
  });
  // What is said of everything may be meant for others, once traces have their own.
  requireTracingVariables({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
  });
});
