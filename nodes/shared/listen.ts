import { GoldenSampleError, plain, sentence, toGoldenSampleError } from "../../lib";
import { say, type Translator } from "./language";
import type { Lifetime } from "./lifetime";
import type { Message, Outgoing, RunningNode, Send } from "./node-red";
import type { StatusLight } from "./status-light";

/** What a node does with a message. It may throw anything; it sends through `send` and returns when it is done. */
export type Handle = (message: Message, send: Send) => Promise<void>;

/**
 * The one way messages come into our nodes. Node-RED does not catch a handler's rejection, and an uncaught one ends
 * it, so everything thrown becomes `done(error)`: logged, shown, and given to Catch nodes with its code. When the node
 * closes, what it still works on ends in an error; after that nothing is sent and nothing reported.
 */
export function listen(RED: Translator, node: RunningNode, life: Lifetime, status: StatusLight, handle: Handle): void {
  const open = new Set<(error: GoldenSampleError) => void>();
  // Exactly three parameters: the runtime counts them to know that done() will come.
  node.on("input", (message, send, done) => {
    const sendOpen = (out: Outgoing) => {
      if (!life.closed) send(out);
    };
    // A message that was on its way here when the node closed.
    if (life.closed) return done(inLanguage(RED, stopped()));
    open.add(done);
    void run(async () => handle(message, sendOpen)).then((thrown) => {
      open.delete(done);
      if (life.closed) return;
      if (thrown === undefined) return done();
      const error = toGoldenSampleError(
        thrown.reason,
        "INTERNAL",
        sentence`[messageNotHandled] The node could not handle the message`,
      );
      status.failed(error);
      done(inLanguage(RED, error));
    });
  });
  // One parameter: the runtime waits for it, 15 seconds at most.
  node.on("close", (closed: () => void) => {
    void life.close().then(closed, closed);
    for (const done of open) done(inLanguage(RED, stopped()));
  });
}

const stopped = () =>
  new GoldenSampleError(
    "CANCELLED",
    sentence`[nodeStopped] The node was stopped while it worked on the message, by a deploy or because Node-RED ends: send the message again.`,
  );

async function run(work: () => Promise<void>): Promise<{ reason: unknown } | undefined> {
  try {
    await work();
    return undefined;
  } catch (reason) {
    return { reason };
  }
}

/** An error as users of this Node-RED read it, with the English one as its cause where they differ. */
export function inLanguage(RED: Translator, error: GoldenSampleError): GoldenSampleError {
  if (!error.sentence) return error;
  const said = say(RED, error.sentence);
  return said === error.sentence.text ? error : new GoldenSampleError(error.code, plain(said), { cause: error });
}
