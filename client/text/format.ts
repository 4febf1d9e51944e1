/** Numbers as a person reads them. */

/** `0.7912` → `79.1 %` */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A share of pictures: all but one of many are not 100.0 %, and one of many is not 0.0 %. */
export function percentOfAll(share: number): string {
  if (share <= 0 || share >= 1) return percent(share);
  return percent(Math.min(0.999, Math.max(0.001, share)));
}

/** `75.2` → `1 min 15 s`; below ten seconds one decimal. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1234567` → `1,234,567` */
export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** `1`, `image` → `1 image`; `3`, `image` → `3 images` */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** `18_800_000` → `18.8 MB` (SI units, as file managers show them) */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = value < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1000 ** power;
  return `${power === 0 ? scaled : scaled.toFixed(1)} ${units[power] ?? 'TB'}`;
}

/** `2026-11-24T19:02:21.123Z` → `2026-11-24 19:02 UTC` */
export function moment(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** First 12 digits of a digest: enough to distinguish versions. */
export function short(digest: string): string {
  return digest.slice(0, 12);
}

/** A difference of shares in percentage points, with its sign: `-0.0123` → `−1.2` */
export function points(share: number): string {
  const value = Number((share * 100).toFixed(1));
  return `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value).toFixed(1)}`;
}

/** `p = 0.031`; what is very little is only said to be so. */
export function chance(pValue: number): string {
  return pValue < 0.0001 ? 'p < 0.0001' : `p = ${Number(pValue.toPrecision(2))}`;
}
