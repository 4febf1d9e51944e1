/**
 * Whether an error says that memory ran out: TensorFlow's own (its allocators report RESOURCE_EXHAUSTED, "OOM when
 * allocating tensor …", "failed to allocate memory"), oneDNN's (its status 1 is dnnl_out_of_memory), cuDNN's and cuBLAS's, and
 * V8's for array buffers.
 */
export function isOutOfMemory(thrown: unknown): boolean {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return patterns.some((pattern) => pattern.test(message));
}

const patterns = [
  /\bOOM when allocating\b/,
  /\bresource[ _]?exhausted\b/i,
  /\b(?:failed|unable) to allocate (?:memory|\S+ bytes)/i,
  /\bout of memory\b/i,
  /\bexception: ?Status: 1, message: could not\b/,
  /CUDNN_STATUS_ALLOC_FAILED|CUBLAS_STATUS_ALLOC_FAILED|CUDA_ERROR_OUT_OF_MEMORY/,
  /\bArray buffer allocation failed\b/,
  /\bstd::bad_alloc\b/,
];
