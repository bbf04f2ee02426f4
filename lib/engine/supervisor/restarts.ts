import { explainCrash, failureSentence } from "../../runtime/load-failure";
import type { RuntimeSetting } from "../../runtime/types";
import type { Sentence } from "../../sentence";
import type { Verdict } from "../devices/probe";
import type { EngineStart } from "../ipc/wire";

/** Ends that native code brings about: signals, their exit codes in a shell, and Windows' status codes. */
const NATIVE_CRASH = /SIG(ILL|SEGV|BUS|ABRT|FPE|TRAP|SYS)|exit code (13[2-9]|3221\d{6}|-1073\d{6})\b/;
const ILLEGAL_INSTRUCTION = /SIGILL|exit code (132|3221225501|-1073741795)\b/;
/** Ends of any kind before the process was ready, after which native is taken for their cause. */
const FAILED_STARTS = 2;

/** Milliseconds before a process is started again; twice as many after each further crash. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 30_000;
/** Crashes without an answer in between after which callers are told at once instead of being kept waiting. */
const GIVE_UP = 5;

/** What follows from the end of a process. */
interface Restart {
  /** The next one uses the portable runtime, which this one did not: what was under way is new to it. */
  anotherRuntime: boolean;
  /** Callers are told at once instead of being kept waiting. */
  failed: boolean;
  /** Milliseconds until the next one is started. */
  pause: number;
}

/** Decides, from how processes end, when the next one is started, and with what. */
export class Restarts {
  private readonly trust: NativeTrust;
  private verdicts: Record<string, Verdict> = {};
  private crashes = 0;

  constructor(setting: RuntimeSetting) {
    this.trust = new NativeTrust(setting);
  }

  /** What the next process is started with of what was learnt from those before. */
  get learnt(): Pick<EngineStart, "crashed" | "verdicts"> {
    return { crashed: this.trust.crashed, verdicts: this.verdicts };
  }

  /** A device's self-test is done. */
  tested(key: string, verdict: Verdict): void {
    this.verdicts[key] = verdict;
  }

  /** The process did a piece of work. */
  answered(): void {
    this.crashes = 0;
    this.trust.answered();
  }

  /**
   * @param how signal or exit code
   * @param wasReady whether the runtime had passed its self-test
   */
  ended(how: string, wasReady: boolean): Restart {
    // A device that passed its test may be the cause: it is tested again before the whole runtime is given up.
    const refused = Object.entries(this.verdicts).filter(([, verdict]) => !verdict.passed);
    const isSuspect = refused.length < Object.keys(this.verdicts).length;
    this.verdicts = Object.fromEntries(refused);
    const anotherRuntime = !isSuspect && this.trust.ended(how, wasReady);
    this.crashes = anotherRuntime ? 0 : this.crashes + 1;
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.max(0, this.crashes - 1));
    return { anotherRuntime, failed: this.crashes >= GIVE_UP, pause };
  }
}

/** Decides, from how engine processes end, when the native runtime is given up for the portable one. */
class NativeTrust {
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
