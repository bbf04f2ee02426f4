import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Broker } from "./broker";
import { freePort } from "./ports";

/** Where Debian's package puts it. */
export const MOSQUITTO = "/usr/sbin/mosquitto";
export const hasMosquitto = (): boolean => existsSync(MOSQUITTO);
const START_MS = 20_000;
/** The second as docs/plc.md has it: without it a picture waits for the network to acknowledge the message before. */
const SETTINGS = ["allow_anonymous true", "set_tcp_nodelay true"];

/**
 * Starts Debian's Mosquitto, a broker in a process of its own.
 * @param wanted port; a free one where none is given
 */
export async function startMosquitto(wanted?: number): Promise<Broker> {
  const port = wanted ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), "golden-sample-mosquitto-"));
  const settings = join(folder, "mosquitto.conf");
  await writeFile(settings, [`listener ${port} 127.0.0.1`, ...SETTINGS, ""].join("\n"));
  const child = spawn(MOSQUITTO, ["-c", settings], { stdio: "ignore" });
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    await rm(folder, { recursive: true, force: true });
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
