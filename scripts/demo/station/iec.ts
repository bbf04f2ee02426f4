/** Function blocks of IEC 61131-3 that the PLC's programs use; called once a cycle. */

/** TON: `q` is true once `in` has been true for `pt` milliseconds. */
export class Ton {
  q = false;
  private since: number | undefined;

  call(input: boolean, pt: number, now: number): void {
    if (!input) this.since = undefined;
    else this.since ??= now;
    this.q = this.since !== undefined && now - this.since >= pt;
  }
}

/** R_TRIG: `q` is true for the one cycle in which `clk` has become true. */
export class RTrig {
  q = false;
  private before = false;

  call(clk: boolean): void {
    this.q = clk && !this.before;
    this.before = clk;
  }
}
