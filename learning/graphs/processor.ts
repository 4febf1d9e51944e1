/** What the processor can multiply. */
import { readFileSync } from 'node:fs';
import { usesGpu } from '../tensorflow.js';

/** Instructions that multiply bfloat16 in hardware. Without them TensorFlow does it too, but much slower than float32. */
const instructions = ['avx512_bf16', 'amx_bf16'];

/** @param cpuinfo text of Linux' `/proc/cpuinfo` @returns whether its first processor multiplies bfloat16 */
export function multipliesBfloat16(cpuinfo: string): boolean {
  const [, flags = ''] = /^flags\s*:(.*)$/m.exec(cpuinfo) ?? [];
  const known = new Set(flags.trim().split(/\s+/));
  return instructions.some((name) => known.has(name));
}

/** Whether graphs in bfloat16 are of use here. On a GPU nothing is compiled; elsewhere than on Linux nobody says. */
export function hasBfloat16(): boolean {
  return !usesGpu() && multipliesBfloat16(ownCpuinfo());
}

function ownCpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
