import { explainCrash, failureSentence } from "../../runtime/load-failure";
import type { RuntimeSetting } from "../../runtime/types";
import type { Sentence } from "../../sentence";

/** Ends that native code brings about: signals, their exit codes in a shell, and Windows' status codes. */
const NATIVE_CRASH = /SIG(ILL|SEGV|BUS|ABRT|FPE|TRAP|SYS)|exit code (13[2-9]|3221\d{6}|-1073\d{6})\b/;
const ILLEGAL_INSTRUCTION = /SIGILL|exit code (132|3221225501|-1073741795)\b/;
/** Ends of any kind before the process was ready, after which native is taken for their cause. */
const FAILED_STARTS = 2;

/** Decides, from how engine processes end, when the native runtime is given up for the portable one. */
export class NativeTrust {
  /** Why native is not to be used any more; a sentence. */
  crashed: Sentence | undefined;
  private proven = false;
  private failedStarts = 0;

  constructor(private readonly setting: RuntimeSetting) {}

  /** Native code did a piece of work: a crash from now on is more likely the work's fault than the runtime's. */
  answered(): void {
    this.proven = true;
    this.failedStarts = 0;
  }

  /**
   * @param how signal or exit code
   * @param wasReady whether the runtime had passed its self-test
   * @returns whether the next process is to use the portable runtime, which this one did not
   */
  ended(how: string, wasReady: boolean): boolean {
    if (this.setting !== "auto" || this.crashed !== undefined) return false;
    if (!wasReady) this.failedStarts++;
    const given =
      ILLEGAL_INSTRUCTION.test(how) ||
      (!this.proven && NATIVE_CRASH.test(how)) ||
      (!wasReady && this.failedStarts >= FAILED_STARTS);
    if (!given) return false;
    this.crashed = failureSentence(explainCrash(how));
    return true;
  }
}
