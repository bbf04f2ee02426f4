import { GoldenSampleError, type ImageSource, type MaskMessage, sentence } from "../../lib";
import type { Message, Runtime } from "../shared/node-red";
import { readImage, readMask } from "../shared/read-message";

export interface Feedback {
  image: ImageSource;
  mask?: MaskMessage;
  /** The one that the frame's verdict was made with, where it went through a threshold node. */
  threshold?: number;
}

/**
 * A scored frame that somebody has something to say about.
 * @param bank that is to learn from it
 * @throws {GoldenSampleError} BAD_REQUEST where the message is none, or of another bank
 */
export function readFeedback(RED: Runtime, message: Message, property: string, bank: string): Feedback {
  const { anomaly } = message as { anomaly?: unknown };
  const { score, threshold, bank: scoredWith } = isRecord(anomaly) ? anomaly : {};
  if (typeof score !== "number") {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[feedbackWithoutScore] The message carries no score in msg.anomaly: feedback is about a frame as it left an anomaly-score node.`,
    );
  }
  const name = isRecord(scoredWith) ? scoredWith.name : undefined;
  if (typeof name === "string" && name !== bank) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[feedbackForAnotherBank] The frame was scored with the bank "${{ scored: name }}" and the feedback goes to "${{ bank }}": leave msg.bank as it was, or choose the same bank in both nodes.`,
    );
  }
  if (property === "payload" && typeof message.payload === "boolean") {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[payloadIsVerdict] msg.payload is the verdict and no longer the image: set the anomaly-threshold node's payload to unchanged, or keep the image in another property and name it in this node.`,
    );
  }
  const mask = readMask(message);
  return {
    image: readImage(RED, message, property),
    ...(mask && { mask }),
    ...(typeof threshold === "number" && Number.isFinite(threshold) && { threshold }),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
