/** What can be told of a spec before anything is read or computed: whether its names name something. */
import type { CheckSpecInput } from '../contracts/activities.js';
import { getBackbone } from '../learning/backbones/architecture.js';
import { commonCut, planStages } from './stagePlans.js';

/** @throws GraftworkError GW_BACKBONE_UNKNOWN, GW_STAGE_UNKNOWN, GW_SPEC_INVALID */
export function checkSpec({ spec }: CheckSpecInput): void {
  const backbone = getBackbone(spec.backbone.name);
  commonCut(backbone, planStages(backbone, spec.head, spec.fineTune));
}
