/** Headers that callers give, beside those that the client says itself. */

/** Headers by their names, or as `fetch` has them. */
export type GivenHeaders = Headers | Readonly<Record<string, string>>;

const OURS = ["content-length", "content-type", "transfer-encoding"];

/** Return headers of a caller's, if they can be sent, and are not among those that only the client can say. */
export function checkedHeaders(given: GivenHeaders | undefined, taken: readonly string[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = isRead(given) ? Object.fromEntries(given.entries()) : { ...given };
  for (const [name, value] of Object.entries(found)) {
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name of a header`);
    // Not the value itself, which can be a secret.
    if (typeof value !== "string" || !/^[\t\x20-\x7e]*$/.test(value)) throw new TypeError(`${name} holds what a header cannot carry`);
    if ([...OURS, ...taken].includes(name.toLowerCase())) throw new TypeError(`${name} is what the client says itself`);
  }
  return found;
}

/** Whether headers are as `fetch` has them; those of another library, such as undici's own, are no instances of ours. */
function isRead(given: GivenHeaders | undefined): given is Headers {
  return typeof given?.entries === "function";
}

/** Put headers together, the later ones in place of those that have the same name, in whichever case. */
export function merged(...groups: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const found = new Map<string, readonly [string, string]>();
  for (const pair of groups.flatMap((group) => Object.entries(group))) found.set(pair[0].toLowerCase(), pair);
  return Object.fromEntries(found.values());
}
