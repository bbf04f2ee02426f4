import type { InTurn } from "../../in-pieces";
import type { RequestQueue } from "./request-queue";

/** Does a piece; what comes of it is told by calling what is returned. */
type Work = () => Promise<() => void>;

/**
 * Turns of a build in the queue of a device. Pieces that follow each other at once share one, for as long as a batch of
 * frames may have to wait: with one short piece before each frame a large bank would take an hour.
 * @param most milliseconds after which no further piece is begun in a turn
 */
export function turnsIn(queue: RequestQueue, most: () => number): InTurn {
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
