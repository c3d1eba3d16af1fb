/** Time: how long something may take, and pauses that a signal ends. */

const LONGEST = 2 ** 31 - 1;

/** Return a time in milliseconds, if it is one. */
export function checkedTime(name: string, time: number): number {
  if (typeof time !== "number" || !(time > 0)) throw new TypeError(`${name} is a number of milliseconds, more than 0`);
  return time;
}

/** Ends what it is given to after some time, or when the caller's signal says so. */
export class Limit {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #time: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether it was the time that ended it. */
  isOver = false;

  constructor(time: number, outer: AbortSignal | undefined) {
    this.#time = checkedTime("timeoutMs", time);
    this.#outer = outer;
    outer?.addEventListener("abort", this.#stop, { once: true });
    if (outer?.aborted === true) this.#stop();
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Count from now on. */
  restart(): void {
    clearTimeout(this.#timer);
    if (this.#time <= LONGEST) this.#timer = setTimeout(this.#expire, this.#time);
  }

  /** Count no longer, until told otherwise. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  /** Let go of what it holds. */
  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#stop);
  }

  readonly #stop = (): void => this.#controller.abort(this.#outer?.reason);

  readonly #expire = (): void => {
    this.isOver = true;
    this.#controller.abort(new DOMException("the time limit has passed", "TimeoutError"));
  };
}

/** Wait for some milliseconds; less, where the signal says so. */
export async function pause(time: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(time, LONGEST));
    signal?.addEventListener("abort", done, { once: true });
  });
}
