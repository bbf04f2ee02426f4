import { join } from "node:path";
import { type EngineState, type StationEvent, StationMemoryFile, sentence, toGoldenSampleError } from "../../lib";
import { userDirectory } from "../shared/backbone-handle";
import { findBank } from "../shared/bank-handle";
import { hearOfBanks } from "../shared/bank-news";
import { deferred } from "../shared/config";
import { say } from "../shared/language";
import { Lifetime } from "../shared/lifetime";
import { listen } from "../shared/listen";
import type { NodeConfig, RunningNode, Runtime } from "../shared/node-red";
import { StatusLight } from "../shared/status-light";
import { Controller } from "./controller";
import { readEvent } from "./read-event";
import { readSettings } from "./settings";

/** Milliseconds between two looks at the deadlines. */
const TICK = 10;
/** Deadlines must not move when somebody sets the clock. */
const now = () => performance.timeOrigin + performance.now();

export = (RED: Runtime): void => {
  RED.nodes.registerType("anomaly-station", function (this: RunningNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    const life = new Lifetime();
    const status = new StatusLight(RED, this, life);
    const file = join(userDirectory(RED), "golden-sample", "stations", `${this.id.replace(/[^\w.-]/g, "_")}.json`);
    const controller = deferred(() => {
      const settings = readSettings(config);
      return new Controller({
        ...{ settings, now, file: new StationMemoryFile(file), status },
        send: (outputs) => {
          if (!life.closed) this.send(outputs);
        },
        loadBank: async (recipe) => {
          const name = settings.bankOf(recipe);
          if (name === null) return undefined;
          const bank = findBank(RED, config.bank);
          const request = { bank: bank.location(name), backbone: bank.backbone };
          const ready = await bank.engine.call("prepare", request, { signal: life.signal });
          return { stored: bank.stored(name).name, judging: ready.name };
        },
        warn: (said) => {
          if (!life.closed) this.warn(say(RED, said));
        },
      });
    });

    listen(RED, this, life, status, async (message) => {
      const station = controller();
      const event = readEvent(message, now());
      if (event) station.happens(event, message);
    });

    const begin = () => {
      try {
        const station = controller();
        station.begin();
        const tick = setInterval(() => station.happens({ time: now(), type: "tick" }), TICK);
        life.hold(() => clearInterval(tick));
        hearOfBanks(this, () => {
          if (!life.closed) station.banksChanged();
        });
        // Whoever comes after it reads what it has written.
        life.hold(() => station.end());
        const { engine } = findBank(RED, config.bank);
        const tell = (state: EngineState) => station.happens(engineEvent(state));
        life.hold(engine.onState(tell));
        tell(engine.state);
      } catch (thrown) {
        status.failed(
          toGoldenSampleError(thrown, "INTERNAL", sentence`[stationNotStarted] The station could not be started`),
        );
      }
    };
    // What was under way when it stopped ends in results, and until then there is nobody to send them to.
    RED.events.once("flows:started", begin);
    life.hold(() => RED.events.removeListener("flows:started", begin));
  });
};

function engineEvent(state: EngineState): StationEvent {
  const known = state === "ready" || state === "starting" ? state : "lost";
  return { time: now(), type: "engine", state: known };
}
