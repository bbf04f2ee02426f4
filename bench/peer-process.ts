import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Timed } from "./measure";
import { Skipped } from "./scenario";

/** Not compiled, so it lies where its source does. */
const SCRIPT = join(resolve(__dirname, "..", ".."), "bench", "peer.py");
/** Debian's packages belong to Debian's own Python, which need not be the first in the path. */
const PYTHONS = ["/usr/bin/python3", "python3"];
const NEEDED = "import faiss, numpy, onnx, torch";

interface Ready {
  /** The middle patch's token. */
  middle: number[];
  torch: string;
  faiss: string;
}

/** bench/peer.py, with its model loaded and warm. */
export class PeerProcess {
  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lines: Interface,
    private readonly ready: Ready,
  ) {}

  /** @throws {Skipped} where no Python has what the peer needs, or it does not understand the model */
  static async start(args: readonly string[], threads: number): Promise<PeerProcess> {
    // A core type set for another program would hold its matrix products back.
    const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...rest } = process.env;
    const env = { ...rest, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
    const python = PYTHONS.find((name) => {
      try {
        execFileSync(name, ["-c", NEEDED], { env, stdio: "ignore" });
        return true;
      } catch {
        return false;
      }
    });
    if (!python) throw new Skipped("no python3 with torch, faiss, onnx and numpy");
    const child = spawn(python, [SCRIPT, ...args], { env });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-500);
    });
    const lines = createInterface({ input: child.stdout });
    const first = await Promise.race([once(lines, "line"), once(child, "close").then(() => undefined)]);
    if (first === undefined) throw new Skipped(said.trim().split("\n").at(-1) ?? "the peer ended");
    return new PeerProcess(child, lines, JSON.parse(String(first[0])) as Ready);
  }

  get middle(): readonly number[] {
    return this.ready.middle;
  }

  get versions(): string {
    return `torch ${this.ready.torch}, faiss ${this.ready.faiss}`;
  }

  async frame(): Promise<Timed> {
    const answer = once(this.lines, "line");
    this.child.stdin.write("\n");
    const { frame, cpu } = JSON.parse(String((await answer)[0])) as { frame: number; cpu: number };
    return { wall: frame, cpu };
  }

  end(): void {
    this.child.stdin.end();
  }
}
