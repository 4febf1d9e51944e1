/** Rights that test/hardenedRun.test.ts may have no use for, by what has: all others that are granted are made use of there. */
import type { Role } from './s3Roles.js';

const idle: Record<Role, Record<string, string[]>> = {
  client: {
    'the doctor': ['GetObject probes/*', 'PutObject probes/*', 'DeleteObject probes/*'],
    'reports, with pictures and whole tables': ['GetObject checkpoints/*/result.json', 'GetObject uploads/*'],
    'a run whose history Temporal has deleted': ['GetObject runs/*'],
  },
  'cpu-worker': {
    'a plan that another worker has made': ['GetObject plans/*'],
    'a ranking, which learns from earlier runs': ['GetObject records/*'],
    'a source that has changed': ['DeleteObject datasets/inspections/*'],
  },
  'gpu-worker': {
    'settings that are searched for': [
      ...['GetObject augmentations/*', 'PutObject augmentations/*', 'GetObject trials/*', 'PutObject trials/*'],
      'PutObject plans/*',
    ],
    'a shard that is damaged or gone, and made again': ['PutObject pixels/*'],
    'a dataset version that is damaged, and healed': ['PutObject datasets/*', 'DeleteObject datasets/inspections/*'],
  },
  gc: {
    'what is old and nothing needs, of a kind that is not left here': [
      ...['augmentations', 'evaluations', 'models/parameters', 'predictions', 'trials', 'uploads'].map(
        (kind) => `DeleteObject ${kind}/*`,
      ),
    ],
    'splits of a source that nothing is left of, while no run is in progress': ['DeleteObject datasets/splits/*'],
    'plans of today, outcomes of a test that no model answers for': ['GetObject evaluations/*', 'GetObject plans/*'],
  },
  forget: {
    'a picture that was trained on, or ranked': [
      ...['DeleteObject checkpoints/*', 'DeleteObject trials/*', 'GetObject rankings/*', 'DeleteObject rankings/*'],
      ...['GetObject records/*', 'PutObject records/*'],
    ],
    'a test whose model was never registered': ['DeleteObject evaluations/*'],
    'a run that names the picture, an upload of the same size': ['PutObject runs/*', 'GetObject uploads/*'],
  },
};

/** Whether a right, as `S3Usage.unused` has it, is granted for something else. */
export function mayBeIdle(role: Role, right: string): boolean {
  return Object.values(idle[role]).flat().includes(right);
}
