/** What a network costs, from its definition alone. */
import type { Backbone } from './backbone.js';
import { Declaration } from './declaration.js';
import type { Convolution, Dense, Linear } from './operations.js';
import type { Shape } from './shapes.js';

/**
 * What one example's way through each stage costs beside others, before one was run: multiplications, and for every value that
 * a convolution writes what its way to memory takes, which is most of what depthwise networks cost near the picture.
 * @param size edge of the square input, pixels
 */
export function workOfStages(backbone: Backbone, size: number): number[] {
  let x: Shape = { h: size, w: size, c: 3 };
  return backbone.stages.map((stage) => {
    const counting = new Counting(stage.name);
    x = stage.run(counting, x);
    return counting.total;
  });
}

/** Written and read again in about the time of so many multiplications: EfficientNet-Lite0 on two cores. */
const multiplicationsPerValue = 50;

class Counting extends Declaration {
  total = 0;

  override conv(x: Shape, o: Convolution): Shape {
    const y = super.conv(x, o);
    const weights = this.layers.at(-1)!.weight.shape.reduce((product, side) => product * side, 1);
    this.total += y.h * y.w * (weights + o.out * multiplicationsPerValue);
    return y;
  }

  override dense(x: Shape, o: Dense): Shape {
    this.total += x.h * x.w * o.out * (x.c + multiplicationsPerValue);
    return super.dense(x, o);
  }

  override attention(queries: Shape, keys: Shape, values: Shape): Shape {
    this.total += queries.h * queries.w * keys.w * (queries.c + values.c + multiplicationsPerValue);
    return super.attention(queries, keys, values);
  }

  override linear(x: Shape, o: Linear): Shape {
    this.total += x.h * x.w * x.c * o.out;
    return super.linear(x, o);
  }
}
