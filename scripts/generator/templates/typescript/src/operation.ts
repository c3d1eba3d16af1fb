/** What is known of the operations of the contract, in the form in which `contract.ts` says it. */

/** One operation: what is sent, and what comes back. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Groups of credentials, any one of which will do; none at all where nobody has to say who calls. */
  readonly security: readonly (readonly string[])[];
  readonly body?: Body;
  readonly answer: Answer;
  /** Servers may do without it. */
  readonly isOptional?: true;
  /** Whoever waits for a job knows which one it is: the answer may show nothing but how it stands, in this member. */
  readonly stands?: string;
}

/** A value in the path, the query, the headers or the cookies. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "headers" | "cookies";
  readonly style: string;
  readonly explode: boolean;
  readonly isJson?: true;
}

/** A body, and how it is written. */
export interface Body {
  readonly kind: "multipart" | "json" | "urlencoded" | "octets";
  readonly mediaType: string;
  /** The fields of a form that the contract describes. */
  readonly fields: Readonly<Record<string, Field>>;
}

/** One field of a form. */
export interface Field {
  /** What its values, or the items of its lists, are; `any` where that shows only when they are there. */
  readonly kind: "text" | "file" | "json" | "any";
  readonly isList?: true;
  /** The media types that a part may have, the first choice first. */
  readonly types: readonly string[];
  readonly explode?: false;
}

/** A successful answer. */
export interface Answer {
  readonly kind: "json" | "text" | "bytes" | "none";
  readonly mediaTypes: readonly string[];
  readonly shape: Shape;
  /** An object in which all of these members are missing is something else, whatever its status says. */
  readonly identity: readonly string[];
}

/** What a JSON value is, as far as it is read leniently; the name of an object of the contract, or one of these. */
export type Shape = "any" | "text" | "integer" | "number" | "boolean" | { readonly list: Shape } | { readonly object: string };

/** An object of the contract: its members, and whether null says something else than leaving one out. */
export type Model = Readonly<Record<string, { readonly shape: Shape; readonly isNullable?: true }>>;
