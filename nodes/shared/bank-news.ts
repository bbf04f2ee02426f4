import type { Lifetime } from "./lifetime";
import type { Runtime } from "./node-red";

/** On Node-RED's own event bus, so that nothing is kept between nodes here. */
const EVENT = "golden-sample:bank";

/** Another version of a bank is in use, or none is any more: nodes that show which one ask again. */
export function tellBankChanged(RED: Runtime, name: string): void {
  RED.events.emit(EVENT, name);
}

/** @param changed gets the bank's name */
export function hearOfBanks(RED: Runtime, life: Lifetime, changed: (name: string) => void): void {
  RED.events.on(EVENT, changed);
  life.hold(() => RED.events.removeListener(EVENT, changed));
}
