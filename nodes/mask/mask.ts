import { type BuildProgress, isMaskedOut, type RequestInput } from "../../lib";
import { findBank } from "../shared/bank-handle";
import { showVersion, watchBank } from "../shared/bank-user";
import { choice, deferred, flag, list, text } from "../shared/config";
import { tellFrame } from "../shared/frame-news";
import { Inbox } from "../shared/inbox";
import { Lifetime } from "../shared/lifetime";
import { listen } from "../shared/listen";
import type { NodeConfig, RunningNode, Runtime } from "../shared/node-red";
import { readBankName, readImage } from "../shared/read-message";
import { spoken } from "../shared/spoken";
import { StatusLight } from "../shared/status-light";
import { statusText, unlikeText } from "../shared/status-text";
import { maskRoutes } from "./mask-routes";
import { namedRegions, readShapes } from "./read-shapes";

type MaskRequest = RequestInput<"mask">;
/** Frames that may wait; Node-RED itself queues without limit. */
const WAITING = 64;

/** The node's own settings, as the engine takes them, and the regions that are judged by themselves. */
function readSettings(config: NodeConfig) {
  const include = readShapes(list(config.include, "Look here"), "Look here");
  const exclude = readShapes(list(config.exclude, "Leave out"), "Leave out");
  const wanted = {
    foreground: choice(config.foreground, ["auto", "on", "off"], "auto", "Foreground"),
    include: include.map(({ outline }) => outline),
    exclude: exclude.map(({ outline }) => outline),
    picture: flag(config.picture),
  };
  return { wanted, regionsOfInterest: namedRegions(include) };
}

export = (RED: Runtime): void => {
  RED.nodes.registerType("anomaly-mask", function (this: RunningNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const life = new Lifetime();
    const status = new StatusLight(RED, this, life);
    const frames = new Inbox({ policy: "oldest", size: WAITING, parallel: 2 });
    const property = text(config.property, "payload");
    const settings = deferred(() => readSettings(config));

    listen(RED, this, life, status, async (message, send) => {
      const { wanted, regionsOfInterest } = settings();
      const bank = findBank(RED, config.bank);
      const request: MaskRequest = {
        image: readImage(RED, message, property),
        bank: bank.location(readBankName(message)),
        backbone: bank.backbone,
        smallest: bank.settings.smallest,
        ...wanted,
      };
      tellFrame(RED, {
        message: message._msgid,
        at: "mask",
        bank: text(config.bank, ""),
        image: request.image,
        mask: undefined,
      });
      status.working();
      const onProgress = (progress: BuildProgress) => status.download(progress);
      const options = { onProgress, signal: life.signal };
      const { value } = await frames.run(() => bank.engine.call("mask", request, options));
      if (life.closed) return;
      const mask = spoken(RED, value);
      // The frame goes on: whoever scores it says that nothing was looked at.
      const name = bank.stored(readBankName(message));
      if (isMaskedOut(mask)) status.alarm(statusText(name, unlikeText("masked")));
      else status.ready(statusText(name, `${Math.round(mask.coverage * 100)} %`));
      const named = regionsOfInterest.length > 0 && { regionsOfInterest };
      send(Object.assign(message, { mask: { ...mask, ...named } }));
    });
    watchBank(RED, this, config.bank, life, status, async (bank) => {
      settings();
      await showVersion(bank, life, status);
    });
  });
  maskRoutes(RED);
};
