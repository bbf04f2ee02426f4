import ModbusRTU, { ServerTCP } from "modbus-serial";
import { freePort } from "./ports";

/** A simulated PLC: a Modbus TCP server with 64 coils, and a client that reads them as another station would. */
export interface Plc {
  readonly port: number;
  /** How often each coil was written, whatever the value. */
  writes(coil: number): number;
  /** Reads a coil over Modbus TCP. */
  readCoil(coil: number): Promise<boolean>;
  close(): Promise<void>;
}

const COILS = 64;

export interface PlcOptions {
  /** Milliseconds after which the PLC's own program takes a coil back that is true; absent: never. */
  watchdogMs?: number;
  /** Coils that are true already. */
  raised?: readonly number[];
}

/** Starts the PLC on a free port of 127.0.0.1. */
export async function startPlc({ watchdogMs, raised = [] }: PlcOptions = {}): Promise<Plc> {
  const coils = Array.from({ length: COILS }, (_, coil) => raised.includes(coil));
  const timers = new Map<number, NodeJS.Timeout>();
  const counts = new Array<number>(COILS).fill(0);
  const port = await freePort();
  const server = new ServerTCP(
    {
      getCoil: (address: number) => coils[address] ?? false,
      setCoil: (address: number, value: boolean) => {
        if (address >= COILS) return;
        coils[address] = value;
        counts[address] = (counts[address] ?? 0) + 1;
        clearTimeout(timers.get(address));
        if (watchdogMs === undefined || !value) return;
        timers.set(
          address,
          setTimeout(() => {
            coils[address] = false;
          }, watchdogMs),
        );
      },
    },
    { host: "127.0.0.1", port, unitID: 1, debug: false },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("initialized", () => resolve());
    server.once("serverError", reject);
  });
  const reader = new ModbusRTU();
  await reader.connectTCP("127.0.0.1", { port });
  reader.setID(1);
  reader.setTimeout(5000);
  let closed = false;
  return {
    port,
    writes: (coil) => counts[coil] ?? 0,
    readCoil: async (coil) => (await reader.readCoils(coil, 1)).data[0] ?? false,
    close: async () => {
      if (closed) return;
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await new Promise<void>((resolve) => reader.close(() => resolve()));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
