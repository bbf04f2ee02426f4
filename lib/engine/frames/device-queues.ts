import type { Backbone } from "../../backbone/backbone";
import { type BatchTrust, runBatch } from "../../backbone/batch";
import type { PatchTokens } from "../../backbone/patch-tokens";
import type { InputTensor } from "../../backbone/preprocess";
import type { InTurn } from "../../in-pieces";
import type { Device } from "../../runtime/types";
import type { Stopwatch } from "../timing";
import { type Batch, type Priority, RequestQueue } from "./request-queue";

/** Requests under way to inference servers, which queue and batch by themselves. */
const REMOTE_WIDTH = 8;
/**
 * Most images in one run. A CPU is busy with one already: batches there made every frame late and the whole no faster
 * (docs/performance.md). A GPU is not, and a server has further callers to batch ours with.
 */
const MOST: Partial<Record<Device, number>> = { cpu: 1, remote: 1 };
const MOST_ON_GPU = 8;
/** Milliseconds of a turn of building, at least; else as long as a run of the backbone. */
const LEAST_TURN = 10;

interface Job {
  input: InputTensor;
  clock: Stopwatch | undefined;
}

/** A loaded model's batches, and what tells them from others'. */
interface Batching extends BatchTrust {
  id: number;
}

/** Does a piece; what comes of it is told by calling what is returned. */
type Work = () => Promise<() => void>;

/** One queue for each device. All nodes' frames meet there, whichever backbone they go through. */
export class DeviceQueues {
  /** Pieces of building on the CPU, when no frame waits. */
  readonly inTurn: InTurn;
  /** Milliseconds that the last run of a backbone took. */
  private lastRun = 0;
  private readonly others = new Map<Device, RequestQueue>();
  private readonly known = new WeakMap<Backbone["featuresOfBatch"], Batching>();
  private models = 0;

  /**
   * @param most images in one run, whatever the device; for tests and measurements
   * @param cpu searching and masking happen there whatever the backbone's device is
   */
  constructor(
    private readonly most?: number,
    readonly cpu = new RequestQueue(),
  ) {
    this.inTurn = turnsIn(cpu, () => Math.max(LEAST_TURN, this.lastRun));
  }

  /**
   * Runs the backbone on one prepared image when its turn comes, together with others that wait for the same.
   * @param clock laps `queue` and `features`
   * @throws {GoldenSampleError} CANCELLED, or what the backbone throws
   */
  features(
    backbone: Backbone,
    input: InputTensor,
    priority: Priority,
    clock?: Stopwatch,
    signal?: AbortSignal,
  ): Promise<PatchTokens> {
    const { height, width } = input;
    const batching = this.batchingOf(backbone);
    const batch: Batch<Job, PatchTokens> = {
      key: `${batching.id} ${height} x ${width}`,
      most: () => batching.most,
      run: async (jobs) => {
        for (const job of jobs) job.clock?.lap("queue");
        const inputs = jobs.map((job) => job.input);
        const start = performance.now();
        const tokens = await runBatch(backbone, inputs, batching);
        this.lastRun = performance.now() - start;
        for (const job of jobs) job.clock?.lap("features");
        return tokens;
      },
    };
    return this.queueOf(backbone.info.device).together(priority, { input, clock }, batch, signal);
  }

  /**
   * A frame is on its way into a queue: building begins nothing that it would have to wait for; see `RequestQueue.expect`.
   * @param device of its backbone; absent where it is not known yet
   */
  expect(device: Device = "cpu"): () => void {
    const queues = new Set([this.cpu, this.queueOf(device)]);
    const ends = [...queues].map((queue) => queue.expect());
    return () => {
      for (const end of ends) end();
    };
  }

  private queueOf(device: Device): RequestQueue {
    if (device === "cpu") return this.cpu;
    const known = this.others.get(device);
    if (known) return known;
    const queue = new RequestQueue(device === "remote" ? REMOTE_WIDTH : 1);
    this.others.set(device, queue);
    return queue;
  }

  /** By the function, for the object around it is made anew for each request. */
  private batchingOf({ featuresOfBatch, info }: Backbone): Batching {
    const known = this.known.get(featuresOfBatch);
    if (known) return known;
    const most = info.batch === "dynamic" ? (this.most ?? MOST[info.device] ?? MOST_ON_GPU) : 1;
    const batching = { id: ++this.models, most, checked: false };
    this.known.set(featuresOfBatch, batching);
    return batching;
  }
}

/**
 * Turns of a build in the queue of a device. Pieces that follow each other at once share one, for as long as a batch of
 * frames may have to wait: with one short piece before each frame a large bank would take an hour.
 * @param most milliseconds after which no further piece is begun in a turn
 */
function turnsIn(queue: RequestQueue, most: () => number): InTurn {
  let isOpen = false;
  let following: Work | undefined;
  return (piece) =>
    new Promise((resolve, reject) => {
      const work: Work = async () => {
        try {
          const value = await piece();
          return () => resolve(value);
        } catch (thrown) {
          return () => reject(thrown);
        }
      };
      if (isOpen && !following) following = work;
      else void queue.run("build", () => turn(work));
    });

  async function turn(first: Work): Promise<void> {
    const start = performance.now();
    for (let work: Work | undefined = first; work; ) {
      const tell = await work();
      isOpen = performance.now() - start < most();
      tell();
      // The next piece comes by then, or something else does; and messages are read.
      await new Promise((resolve) => setImmediate(resolve));
      isOpen = false;
      work = following;
      following = undefined;
    }
  }
}
