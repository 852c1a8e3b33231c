/** One change that a test has to notice. */
export interface Mutant {
  /** The promise that it breaks. */
  readonly rule: string;
  /** What it takes away, in words. */
  readonly takes: string;
  /** Of src. */
  readonly file: string;
  /** A piece of that file that stands in it once. */
  readonly find: string;
  /** What comes in its place. */
  readonly put: string;
  /** The test that fails, such as `faults/resume: retry is respected`. */
  readonly seen: string;
}

export declare const mutants: readonly Mutant[];
