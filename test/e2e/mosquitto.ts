import type { Context } from "mocha";
import type { Broker } from "../../scripts/demo/broker";
import { hasMosquitto, MOSQUITTO, startMosquitto as start } from "../../scripts/demo/mosquitto";

/**
 * Starts Debian's Mosquitto on this machine; the test is skipped, with the reason, where it is absent.
 * @param wanted port; a free one where none is given
 */
export async function startMosquitto(context: Context, wanted?: number): Promise<Broker> {
  if (hasMosquitto()) return start(wanted);
  console.log(`      skipped: ${MOSQUITTO} is not on this machine (apt-get install mosquitto)`);
  return context.skip();
}
