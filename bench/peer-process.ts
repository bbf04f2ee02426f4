import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { requests } from "../lib/engine/requests";
import { createHandlers } from "../lib/engine/server";
import { firstLine } from "./first-line";
import { comparison, type Timed, timed } from "./measure";
import { Skipped } from "./scenario";
import { type Setting, UNATTENDED } from "./setting";

/** Not compiled, so the scripts lie where their source does. */
const BENCH = join(resolve(__dirname, "..", ".."), "bench");
/** An environment of their own first (bench/requirements.txt); Debian's packages belong to Debian's own Python. */
const PYTHONS = [join(BENCH, ".venv", "bin", "python"), "/usr/bin/python3", "python3"];

/** A script in `bench/` that scores a frame for each line it is sent, and what it imports. */
export interface PeerScript {
  file: string;
  needed: readonly string[];
}

/** How a peer's script is started. */
export interface PeerCommand {
  python: string;
  script: string;
  env: NodeJS.ProcessEnv;
}

/** @throws {Skipped} where no Python has what the peer needs */
export function peerCommand({ file, needed }: PeerScript, threads: number): PeerCommand {
  // A core type set for another program would hold its matrix products back.
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...rest } = process.env;
  const env = { ...rest, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
  const python = PYTHONS.find((name) => {
    try {
      execFileSync(name, ["-c", `import ${needed.join(", ")}`], { env, stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
  if (!python) throw new Skipped(`no python3 with ${needed.join(", ")}: see bench/requirements.txt`);
  return { python, script: join(BENCH, file), env };
}

/** A peer with its model loaded and warm. What it says first is its own. */
export class PeerProcess<Ready> {
  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lines: Interface,
    readonly ready: Ready,
  ) {}

  /** @throws {Skipped} where it does not understand the model */
  static async start<Ready>(
    { python, script, env }: PeerCommand,
    args: readonly string[],
  ): Promise<PeerProcess<Ready>> {
    const child = spawn(python, [script, ...args], { env });
    const lines = createInterface({ input: child.stdout });
    const first = await firstLine(child, lines).catch((thrown: Error) => {
      throw new Skipped(thrown.message);
    });
    return new PeerProcess(child, lines, JSON.parse(first) as Ready);
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

/** Frames scored by this package and by a peer in turn. */
export async function compareWith(peer: PeerProcess<unknown>, setting: Setting) {
  const inspector = createHandlers(setting.runtime);
  const score = async () => inspector.score(requests.score.schema.parse(await setting.scoreRequest()), UNATTENDED);
  await score();
  const pairs: [Timed, Timed][] = [];
  for (let i = 0; i < setting.rounds; i++) pairs.push([await timed(score), await peer.frame()]);
  return comparison(pairs);
}
