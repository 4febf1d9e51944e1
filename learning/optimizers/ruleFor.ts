import type { OptimizerSpec } from '../../contracts/spec/runSpec.js';
import { adamw } from './adamw.js';
import type { UpdateRule } from './rule.js';
import { sgd } from './sgd.js';

/** The arithmetic a spec asks for. */
export function ruleFor(spec: OptimizerSpec): UpdateRule {
  switch (spec.kind) {
    case 'sgd':
      return sgd(spec);
    case 'adamw':
      return adamw(spec);
  }
}
