/** What differs between Node and a browser. */

interface Process {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly versions?: { readonly node?: string };
}

const process = (globalThis as { readonly process?: Process }).process;

/** Whether this is no browser, which has a name of its own to send, and asks a server's leave for every header. */
export const IS_SERVER = process?.versions?.node !== undefined;

/** A variable of the environment, where there is one. */
export function variable(name: string): string | undefined {
  return process?.env?.[name];
}
