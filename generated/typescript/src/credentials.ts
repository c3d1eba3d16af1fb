/** Says who calls, in the ways that the contract names; shows the secrets nowhere else. */

import { ConfigurationError } from "./errors.js";
import { quoted } from "./values.js";

/** A request that is about to be sent. */
export interface Signable {
  url: string;
  readonly headers: Record<string, string>;
}

interface Credential {
  readonly place: "header" | "query" | "cookie";
  readonly name: string;
  readonly value: string;
  readonly secrets: readonly string[];
}

/** What the client's options say of who calls. */
export interface Secrets {
  readonly token?: string | undefined;
}

const WAYS: Readonly<Record<string, string>> = { bearerAuth: "pass token, or set AIID_VIDEOS_TOKEN" };

/** All that a client has to say who calls; each operation is sent what it asks for. */
export class Credentials {
  readonly #held = new Map<string, Credential>();

  constructor({ token }: Secrets) {
    this.#hold("bearerAuth", "header", "Authorization", "Bearer", "token", token);
  }

  /** Add to a request the first group of credentials that is at hand; complain where one is needed and none is. */
  sign(security: readonly (readonly string[])[], request: Signable): void {
    const group = security.find((names) => names.length > 0 && names.every((name) => this.#held.has(name)));
    if (group === undefined && security.length > 0 && security.every((names) => names.length > 0)) {
      const missing = security[0]?.find((name) => !this.#held.has(name)) ?? "";
      throw new ConfigurationError(`no credentials: ${WAYS[missing] ?? missing}`);
    }
    for (const name of group ?? []) {
      const held = this.#held.get(name);
      if (held === undefined) continue;
      if (held.place === "header") request.headers[held.name] = held.value;
      else if (held.place === "cookie") request.headers["Cookie"] = cookies(request.headers["Cookie"], held);
      else request.url += `${request.url.includes("?") ? "&" : "?"}${quoted("", held.name)}=${quoted("", held.value)}`;
    }
  }

  /** Return a text without any secret, which some servers repeat in their errors. */
  hide(text: string): string {
    const secrets = [...this.#held.values()].flatMap((held) => held.secrets);
    // What is shorter is no secret, and could be part of any word.
    return secrets.filter((each) => each.length >= 8).reduce((left, each) => left.replaceAll(each, "***"), text);
  }

  /** The headers that say who calls, in lower case. */
  get headers(): string[] {
    const held = [...this.#held.values()].filter(({ place }) => place !== "query");
    return held.map(({ place, name }) => (place === "header" ? name.toLowerCase() : "cookie"));
  }

  /** Whether browsers themselves keep the credentials from other servers when they follow a redirection. */
  get areStripped(): boolean {
    return [...this.#held.values()].every((held) => held.name.toLowerCase() === "authorization");
  }

  #hold(scheme: string, place: Credential["place"], name: string, word: string, option: string, given?: string): void {
    const text = (given ?? "").trim();
    if (text === "") return;
    if (!/^[\x21-\x7e]+$/.test(text) || (place === "cookie" && /[",;\\]/.test(text))) {
      throw new ConfigurationError(`${option} holds characters that a ${place} cannot carry`);
    }
    const secrets = place === "query" ? [text, quoted(option, text)] : [text];
    this.#held.set(scheme, { place, name, value: word === "" ? text : `${word} ${text}`, secrets });
  }
}

function cookies(before: string | undefined, { name, value }: Credential): string {
  return before === undefined ? `${name}=${value}` : `${before}; ${name}=${value}`;
}
