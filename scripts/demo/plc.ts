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

/** Starts the PLC on a free port of 127.0.0.1. */
export async function startPlc(): Promise<Plc> {
  const coils = new Array<boolean>(COILS).fill(false);
  const counts = new Array<number>(COILS).fill(0);
  const port = await freePort();
  const server = new ServerTCP(
    {
      getCoil: (address: number) => coils[address] ?? false,
      setCoil: (address: number, value: boolean) => {
        if (address >= COILS) return;
        coils[address] = value;
        counts[address] = (counts[address] ?? 0) + 1;
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
      await new Promise<void>((resolve) => reader.close(() => resolve()));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
