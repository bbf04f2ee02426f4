import assert from "node:assert/strict";
import { connect } from "node:net";
import ModbusRTU from "modbus-serial";
import { freePort } from "../../scripts/demo/ports";
import { type ModbusServer, startModbusServer } from "../../scripts/demo/station/modbus-server";

describe("the simulated PLC's Modbus server", () => {
  const words = new Uint16Array(20);
  let server: ModbusServer;
  let port: number;
  let written: [number, number[]][];

  beforeEach(async () => {
    words.fill(0);
    written = [];
    port = await freePort();
    server = await startModbusServer(port, {
      count: words.length,
      read: (address) => words[address]!,
      write: (address, given) => {
        words.set(given, address);
        written.push([address, [...given]]);
      },
    });
  });
  afterEach(() => server.close());

  describe("asked by modbus-serial", () => {
    let client: ModbusRTU;

    beforeEach(async () => {
      client = new ModbusRTU();
      await client.connectTCP("127.0.0.1", { port });
      client.setID(1);
    });
    afterEach(() => client.close(() => undefined));

    it("reads what is in the registers, and takes what one request writes at once", async () => {
      words.set([7, 65_535], 3);
      assert.deepEqual((await client.readHoldingRegisters(3, 2)).data, [7, 65_535]);
      await client.writeRegisters(5, [1, 40_000, 3]);
      assert.deepEqual(written, [[5, [1, 40_000, 3]]]);
      assert.deepEqual((await client.readHoldingRegisters(5, 3)).data, [1, 40_000, 3]);
    });

    it("refuses registers that it does not have, and functions that it does not know", async () => {
      await assert.rejects(client.readHoldingRegisters(19, 2), { modbusCode: 2 });
      await assert.rejects(client.writeRegisters(20, [1]), { modbusCode: 2 });
      await assert.rejects(client.readCoils(0, 1), { modbusCode: 1 });
      assert.deepEqual(written, []);
    });
  });

  it("answers requests that come in pieces, and several that come in one", async () => {
    words.set([1, 2], 0);
    const read = (transaction: number, address: number) =>
      Buffer.from([0, transaction, 0, 0, 0, 6, 1, 3, 0, address, 0, 1]);
    const [first, second, third] = [read(1, 0), read(2, 1), read(3, 0)];
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const answers = new Promise<Buffer>((resolve) => {
      let come = Buffer.alloc(0);
      socket.on("data", (data) => {
        come = Buffer.concat([come, data]);
        if (come.length >= 33) resolve(come);
      });
    });
    socket.write(first.subarray(0, 5));
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(Buffer.concat([first.subarray(5), second, third]));
    const expected = [
      [1, 1],
      [2, 2],
      [3, 1],
    ].flatMap(([transaction, word]) => [0, transaction!, 0, 0, 0, 5, 1, 3, 2, 0, word!]);
    assert.deepEqual([...(await answers)], expected);
    socket.destroy();
  });
});
