import { addWait, type BuildProgress, type SentenceValue, sentence } from "../../lib";
import { findBank } from "../shared/bank-handle";
import { missingWords, showVersion, watchBank } from "../shared/bank-user";
import { deferred, flag, text } from "../shared/config";
import { tellFrame } from "../shared/frame-news";
import { Inbox } from "../shared/inbox";
import { tellScored } from "../shared/inspection-news";
import { say } from "../shared/language";
import { Lifetime } from "../shared/lifetime";
import { listen } from "../shared/listen";
import type { NodeConfig, RunningNode, Runtime } from "../shared/node-red";
import { pathsAllowed, readBankName, readDeadline, readImage, readMask } from "../shared/read-message";
import { remembering } from "../shared/remembering";
import { spokenIn } from "../shared/spoken";
import { StatusLight } from "../shared/status-light";
import { figureText, statusText, unlikeText } from "../shared/status-text";
import { readInbox } from "./read-inbox";

const SEVERAL_PAGES = sentence`[severalPages] An image has several pages or frames, of which only the first was looked at: send each as an image of its own.`;

export = (RED: Runtime): void => {
  RED.nodes.registerType("anomaly-score", function (this: RunningNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const life = new Lifetime();
    const status = new StatusLight(RED, this, life);
    const words = remembering(RED);
    const inbox = deferred(() => {
      const { deadline, ...options } = readInbox(config);
      return { deadline, frames: new Inbox(options) };
    });
    const property = text(config.property, "payload");
    const paths = pathsAllowed(RED, config);
    const wanted = { map: flag(config.map), regions: flag(config.regions), overlay: flag(config.overlay) };

    listen(RED, this, life, status, async (message, send) => {
      // Of a message that comes around again: an earlier part's verdict must not reach a Catch node with this one's error.
      delete message.anomaly;
      const { deadline, frames } = inbox();
      const bank = findBank(RED, config.bank);
      const mask = readMask(message);
      const request = {
        image: readImage(RED, message, property, paths),
        bank: bank.location(readBankName(message)),
        backbone: bank.backbone,
        ...(mask && { mask }),
        ...wanted,
      };
      tellFrame(RED, { message: message._msgid, at: "score", bank: text(config.bank, ""), image: request.image, mask });
      status.working();
      const onProgress = (progress: BuildProgress) => status.download(progress);
      const { value, waited } = await frames.run((left) => {
        const options = { onProgress, signal: life.signal, ...(left !== undefined && { deadline: left }) };
        return bank.engine.call("score", request, options);
      }, readDeadline(message) ?? deadline);
      if (life.closed) return;
      const said = spokenIn(words, value, "health", "mask", "runtime", "fallback");
      const anomaly = { ...said, timing: addWait(value.timing, waited) };
      if (anomaly.image.pages !== undefined) status.tell(SEVERAL_PAGES);
      const lost = frames.dropped > 0 ? sentence`[dropped] ${{ frames: frames.dropped }} dropped` : undefined;
      const facts = (...more: SentenceValue[]) => statusText(anomaly.bank, figureText(anomaly.score), ...more, lost);
      if (anomaly.health?.cause === "masked") status.alarm(facts(unlikeText("masked")));
      else if (anomaly.fallback) status.waiting(facts(anomaly.backbone));
      else status.computed(facts(), value.runtime);
      const inspected = { node: text(config.bank, ""), name: readBankName(message) };
      const { image } = request;
      tellScored(RED, {
        ...{ message: message._msgid, node: this.id, image, mask, bank: inspected, dropped: frames.dropped },
      });
      send(Object.assign(message, { anomaly }));
    });
    watchBank(RED, this, config.bank, life, status, async (bank) => {
      inbox();
      const state = await showVersion(bank, life, status);
      if (state.missing !== undefined && !life.closed) this.warn(say(RED, missingWords(state)));
    });
  });
};
