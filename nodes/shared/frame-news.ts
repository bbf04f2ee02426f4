import type { ImageSource, MaskMessage } from "../../lib";
import type { Runtime } from "./node-red";

/**
 * Frames as they come to nodes of a bank, on Node-RED's own event bus: for whoever waits for one of them. Nobody listens as
 * long as nobody does, and then nothing is kept.
 */
const CAME = "golden-sample:frame";

export interface ComingFrame {
  /** The message's id: the same frame comes to several nodes. */
  message: string;
  /** The kind of node that it came to. */
  at: "mask" | "build" | "score";
  /** The id of the bank node. */
  bank: string;
  image: ImageSource;
  mask: MaskMessage | undefined;
}

export function tellFrame(RED: Runtime, frame: ComingFrame): void {
  RED.events.emit(CAME, frame);
}

/** @returns ends the listening */
export function hearFrames(RED: Runtime, bank: string, hear: (frame: ComingFrame) => void): () => void {
  const listener = (frame: ComingFrame) => {
    if (frame.bank === bank) hear(frame);
  };
  RED.events.on(CAME, listener);
  return () => RED.events.removeListener(CAME, listener);
}

/** @returns the next frame of a bank, or nothing after so many milliseconds */
export function nextFrame(RED: Runtime, bank: string, patience: number): Promise<ComingFrame | undefined> {
  return new Promise((resolve) => {
    const end = (frame?: ComingFrame) => {
      clearTimeout(timer);
      stop();
      resolve(frame);
    };
    const stop = hearFrames(RED, bank, end);
    const timer = setTimeout(end, patience);
    timer.unref();
  });
}
