/** Points in time. */

/**
 * Return a point in time from Unix time in seconds, milli-, micro- or nanoseconds, or ISO 8601; null where it is none.
 *
 * The size of a number tells its unit: in seconds, 1e11 is the year 5138. Zero is a server's way to say "not yet".
 */
export function toDate(value: number | string | null | undefined): Date | null {
  if (typeof value === "string") {
    const moment = new Date(/T.*[^Z\d:.+-]|^[^T]*$|Z$|[+-]\d\d:?\d\d$/.test(value) ? value : `${value}Z`);
    return Number.isNaN(moment.valueOf()) ? null : moment;
  }
  if (typeof value !== "number" || !(value > 0) || value >= 1e20) return null;
  let seconds = value;
  while (seconds >= 1e11) seconds /= 1000;
  return new Date(seconds * 1000);
}
