// As much of Node as samples and the adapter use; its own types are a package that nothing else here needs.
declare module "node:fs" {
  export function openAsBlob(path: string): Promise<Blob>;
}
declare module "node:fs/promises" {
  export function writeFile(path: string, data: AsyncIterable<Uint8Array>): Promise<void>;
}
declare const process: {
  exit(code: number): never;
  readonly stdin: { setEncoding(name: "utf8"): AsyncIterable<string> };
  readonly stdout: { write(text: string): void };
};
declare const Buffer: {
  from(data: string | ArrayBuffer, encoding?: "base64"): Uint8Array<ArrayBuffer> & { toString(encoding?: string): string };
};
