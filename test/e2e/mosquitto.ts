import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Context } from "mocha";
import type { Broker } from "../../scripts/demo/broker";
import { freePort } from "../../scripts/demo/ports";

const MOSQUITTO = "/usr/sbin/mosquitto";
const START_MS = 20_000;

/**
 * Starts Debian's Mosquitto on this machine; the test is skipped, with the reason, where it is absent.
 * @param wanted port; a free one where none is given
 */
export async function startMosquitto(context: Context, wanted?: number): Promise<Broker> {
  if (!existsSync(MOSQUITTO)) {
    console.log(`      skipped: ${MOSQUITTO} is not on this machine (apt-get install mosquitto)`);
    context.skip();
  }
  const port = wanted ?? (await freePort());
  // Without a configuration file it listens on this machine only, and asks nobody for a password.
  const child = spawn(MOSQUITTO, ["-p", String(port)], { stdio: "ignore" });
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  };
  const deadline = Date.now() + START_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await close();
      throw new Error("Mosquitto did not start.");
    }
    await pause(50);
  }
  return { port, close };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
