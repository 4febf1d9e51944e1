/** Whether a file is what Git LFS leaves in a clone in the place of a large file that was not fetched. */
export function isGitLfsPointer(bytes: Uint8Array): boolean {
  const first = 'version https://git-lfs.github.com/spec/';
  return (
    Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, first.length)).toString('latin1') === first
  );
}
