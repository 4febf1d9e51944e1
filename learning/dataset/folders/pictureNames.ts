/** What the name of a file says of its content, where nobody has looked into it. Pure. */

/** Endings of pictures, also of kinds that are not taken. */
const pictureEnding = /\.(?:avif|bmp|dib|gif|hei[cf]|j2k|jfif|jp2|jpe|jpe?g|jxl|png|svg|tiff?|webp)$/i;

/** Whether a file's name says that it is a picture. */
export function isNamedLikePicture(path: string): boolean {
  return pictureEnding.test(path);
}

/** Whether a file is left out although it is named like a picture: `.1.jpg`. `._1.jpg` is what macOS leaves beside `1.jpg`. */
export function isHiddenPicture(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.startsWith('.') && !name.startsWith('._') && isNamedLikePicture(name);
}
