import type { BuildProgress } from "../../lib";
import { findBank } from "../shared/bank-handle";
import { showVersion, watchBank } from "../shared/bank-user";
import { flag, text } from "../shared/config";
import { formatScore } from "../shared/format-score";
import { InOrder } from "../shared/in-order";
import { Lifetime } from "../shared/lifetime";
import { listen } from "../shared/listen";
import type { NodeConfig, RunningNode, Runtime } from "../shared/node-red";
import { readBankName, readImage, readMask } from "../shared/read-message";
import { StatusLight } from "../shared/status-light";

export = (RED: Runtime): void => {
  RED.nodes.registerType("anomaly-score", function (this: RunningNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const life = new Lifetime();
    const status = new StatusLight(this, life);
    const frames = new InOrder(2);
    const property = text(config.property, "payload");
    const allowPaths = flag(config.allowPaths);
    const wanted = { map: flag(config.map), regions: flag(config.regions), overlay: flag(config.overlay) };

    listen(this, life, status, async (message, send) => {
      const bank = findBank(RED, config.bank);
      const mask = readMask(message);
      const request = {
        image: readImage(RED, message, property, allowPaths),
        bank: bank.location(readBankName(message)),
        backbone: bank.backbone,
        ...(mask && { mask }),
        ...wanted,
      };
      status.working();
      const onProgress = (progress: BuildProgress) => status.download(progress);
      const options = { onProgress, signal: life.signal };
      const anomaly = await frames.run(() => bank.engine.call("score", request, options));
      if (life.closed) return;
      if (anomaly.fallback) status.waiting(`${formatScore(anomaly.score)} texture`);
      else status.ready(formatScore(anomaly.score));
      send(Object.assign(message, { anomaly }));
    });
    watchBank(RED, config.bank, life, status, (bank) => showVersion(bank, life, status));
  });
};
