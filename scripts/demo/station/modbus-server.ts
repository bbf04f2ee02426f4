import { createServer, type Socket } from "node:net";

/** Bytes before the unit: transaction, protocol, length. */
const HEADER = 6;
const READ = 3;
const WRITE = 16;
const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;

export interface Registers {
  /** How many there are, from 0 on. */
  count: number;
  read(address: number): number;
  /** All that one request writes. */
  write(address: number, words: Uint16Array): void;
}

export interface ModbusServer {
  close(): Promise<void>;
}

/**
 * A Modbus TCP server of holding registers (functions 3 and 16, whichever unit is asked). It answers in the same turn:
 * modbus-serial's waits a millisecond before it looks at a request, which would be the station's in every measurement.
 */
export async function startModbusServer(port: number, registers: Registers): Promise<ModbusServer> {
  const sockets = new Set<Socket>();
  // As in PLCs: an answer does not wait until the one before was acknowledged.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    let rest: Buffer = Buffer.alloc(0);
    socket.on("data", (data) => {
      rest = Buffer.concat([rest, data]);
      for (let end = endOf(rest); end <= rest.length; end = endOf(rest)) {
        socket.write(answerTo(rest.subarray(0, end), registers));
        rest = rest.subarray(end);
      }
    });
    // Whoever goes away without a word is no fault of the PLC.
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Where the first request ends; beyond all bytes where that is not known yet. */
function endOf(bytes: Buffer): number {
  return bytes.length < HEADER ? Number.POSITIVE_INFINITY : HEADER + bytes.readUInt16BE(4);
}

function answerTo(request: Buffer, registers: Registers): Buffer {
  const asked = request.subarray(HEADER + 1);
  const [code = 0] = asked;
  const isKnown = (code === READ && asked.length >= 5) || (code === WRITE && asked.length >= 6);
  if (!isKnown) return answer(request, [code | 0x80, ILLEGAL_FUNCTION]);
  const [address, count] = [asked.readUInt16BE(1), asked.readUInt16BE(3)];
  const isWhole = code === READ ? count <= 125 : asked.length === 6 + 2 * count;
  if (count === 0 || !isWhole || address + count > registers.count)
    return answer(request, [code | 0x80, ILLEGAL_ADDRESS]);
  if (code === WRITE) {
    registers.write(
      address,
      Uint16Array.from({ length: count }, (_, i) => asked.readUInt16BE(6 + 2 * i)),
    );
    return answer(request, asked.subarray(0, 5));
  }
  const words = Array.from({ length: count }, (_, i) => registers.read(address + i));
  return answer(request, [READ, 2 * count, ...words.flatMap((word) => [word >> 8, word & 0xff])]);
}

/** Under the request's own number, from the unit that it asked. */
function answer(request: Buffer, said: ArrayLike<number>): Buffer {
  const header = Buffer.from(request.subarray(0, HEADER + 1));
  header.writeUInt16BE(1 + said.length, 4);
  return Buffer.concat([header, Uint8Array.from(said)]);
}
