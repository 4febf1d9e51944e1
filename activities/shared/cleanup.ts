/** Things to be closed together, newest first (what AsyncDisposableStack will be where every Node has it). */
export class Cleanup implements AsyncDisposable {
  private readonly steps: (() => unknown)[] = [];

  add(step: () => unknown): void {
    this.steps.push(step);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) await step();
  }
}
