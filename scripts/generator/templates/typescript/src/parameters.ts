/** Writes parameters as OpenAPI says: percent-encoded, and lists repeated or joined. */

import type { Field, Operation, Parameter } from "./operation.js";
import { isLeftOut, isObject, json, quoted, written } from "./values.js";

/** The values of a call's parameters, by place and name. */
export interface Given {
  readonly path?: object | undefined;
  readonly query?: object | undefined;
  readonly headers?: object | undefined;
  readonly cookies?: object | undefined;
}

const DELIMITERS: Readonly<Record<string, string>> = { form: ",", pipeDelimited: "%7C", spaceDelimited: "%20" };

/** Return the path and the query of a call. */
export function address(operation: Operation, given: Given): string {
  const path = operation.path.replace(/\{([^{}]+)\}/g, (_, name: string) => segment(name, find(operation, given, "path", name)));
  const query = operation.parameters
    .filter((parameter) => parameter.in === "query")
    .flatMap((parameter) => pairs(parameter, valueOf(parameter, given)));
  return query.length > 0 ? `${path}?${query.join("&")}` : path;
}

/** Return the headers that a call's parameters make, cookies among them. */
export function headers(operation: Operation, given: Given): Record<string, string> {
  const found: Record<string, string> = {};
  const cookies: string[] = [];
  for (const parameter of operation.parameters) {
    const items = itemsOf(valueOf(parameter, given));
    if (items.length === 0) continue;
    if (parameter.in === "headers") found[parameter.name] = carried(parameter.name, items);
    if (parameter.in === "cookies") cookies.push(`${parameter.name}=${joined(parameter.name, items, ",")}`);
  }
  return cookies.length > 0 ? { ...found, Cookie: cookies.join("; ") } : found;
}

/** Write an urlencoded form. */
export function urlencoded(fields: Readonly<Record<string, Field>>, values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .flatMap(([name, value]) => pairsOfList(name, value, fields[name]?.explode ?? true, ","))
    .join("&");
}

function find(operation: Operation, given: Given, place: Parameter["in"], name: string): unknown {
  const parameter = operation.parameters.find((each) => each.in === place && each.name === name);
  return parameter === undefined ? undefined : valueOf(parameter, given);
}

function valueOf(parameter: Parameter, given: Given): unknown {
  const value = (given[parameter.in] as Record<string, unknown> | undefined)?.[parameter.name];
  return parameter.isJson === true && !isLeftOut(value) ? json(parameter.name, value) : value;
}

/** A value as one segment of a path; one that would name another resource is refused. */
function segment(name: string, value: unknown): string {
  const text = joined(name, itemsOf(value), ",");
  if (["", ".", ".."].includes(text)) throw new TypeError(`${name}: ${JSON.stringify(text)} cannot stand in a path`);
  return text;
}

function pairs(parameter: Parameter, value: unknown): string[] {
  const { name, style, explode } = parameter;
  if (!isObject(value)) return pairsOfList(name, value, explode, DELIMITERS[style] ?? ",");
  const members = Object.entries(value).filter(([, item]) => !isLeftOut(item));
  if (style === "deepObject") return members.map(([key, item]) => pair(`${name}[${key}]`, item));
  if (explode) return members.flatMap(([key, item]) => itemsOf(item).map((each) => pair(key, each)));
  return members.length > 0 ? [`${quoted(name, name)}=${joined(name, members.flat(), ",")}`] : [];
}

function pairsOfList(name: string, value: unknown, explode: boolean, delimiter: string): string[] {
  const items = itemsOf(value);
  if (explode || !Array.isArray(value)) return items.map((item) => pair(name, item));
  return items.length > 0 ? [`${quoted(name, name)}=${joined(name, items, delimiter)}`] : [];
}

function pair(name: string, value: unknown): string {
  return `${quoted(name, name)}=${quoted(name, value)}`;
}

function joined(name: string, items: readonly unknown[], delimiter: string): string {
  return items.map((item) => quoted(name, item)).join(delimiter);
}

function carried(name: string, items: readonly unknown[]): string {
  const text = items.map((item) => written(name, item)).join(",");
  if (!/^[\x20-\x7e]*$/.test(text)) throw new TypeError(`${name} holds characters that a header cannot carry`);
  return text;
}

function itemsOf(value: unknown): readonly unknown[] {
  if (isLeftOut(value)) return [];
  return Array.isArray(value) ? value.filter((item) => !isLeftOut(item)) : [value];
}
