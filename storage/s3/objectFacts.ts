/** What is known of objects, and what may be asked for when they are read and written. */

export interface ObjectFacts {
  key: string;
  /** Bytes. */
  size: number;
  /** Without the quotes it has on the wire. */
  etag: string;
  /** Hex, of the content, where the writer gave one; `list` leaves it out. */
  sha256?: string;
}

export interface ListedObject extends ObjectFacts {
  /** When it was written last, by the store's clock; milliseconds since 1970. */
  modified: number;
}

export interface UnfinishedUpload {
  key: string;
  id: string;
  /** Milliseconds since 1970, by the store's clock. */
  begun: number;
}

export interface GetOptions {
  /** Read only the object with this etag, not one written since. */
  ifMatch?: string;
  /** Bytes that are taken at most: what is larger is not read. */
  most?: number;
}

export interface PutOptions {
  /** Write only when there is no object at the key yet. */
  ifAbsent?: true;
  /** Write only when the object at the key has this etag. */
  ifMatch?: string;
  contentType?: string;
  /** Hex, of the content; kept beside the object. */
  sha256?: string;
}

/** As we write etags: without quotes and the mark of a weak one. */
export function bareEtag(etag: string | undefined): string {
  return (etag ?? '').replace(/^(?:W\/)?"|"$/g, '');
}
