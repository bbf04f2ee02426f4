"""The registers of a PLC behind a real server, for tests: `plc_server.py modbus|s7 PORT`.

What the PLC writes comes as lines of hexadecimal bytes on standard input; what is written to it leaves as such lines on
standard output, whenever it has changed. Ends with its standard input.
"""

import asyncio
import os
import sys

FROM_PLC = 10
TO_PLC = 32
CYCLE = 0.005


async def modbus(port):
    """Holding registers 100 to 104 and 200 to 215 of unit 1."""
    from pymodbus.server import ModbusTcpServer
    from pymodbus.simulator import DataType, SimData, SimDevice

    registers = SimData(0, values=[0] * 300, datatype=DataType.REGISTERS)
    server = ModbusTcpServer(SimDevice(id=1, simdata=[registers]), address=("127.0.0.1", port))
    await server.serve_forever(background=True)

    async def give(data):
        words = [int.from_bytes(data[i : i + 2], "big") for i in range(0, FROM_PLC, 2)]
        await server.async_setValues(1, 16, 100, words)

    async def take():
        values = await server.async_getValues(1, 3, 200, TO_PLC // 2)
        return b"".join(value.to_bytes(2, "big") for value in values)

    return give, take


async def s7(port):
    """DB100 and DB101."""
    from snap7.server import Server
    from snap7.type import SrvArea

    given, taken = bytearray(FROM_PLC), bytearray(TO_PLC)
    server = Server(log=False)
    server.register_area(SrvArea.DB, 100, given)
    server.register_area(SrvArea.DB, 101, taken)
    server.start(port)

    async def give(data):
        given[:] = data

    async def take():
        return bytes(taken)

    return give, take


async def main():
    kind, port = sys.argv[1], int(sys.argv[2])
    give, take = await {"modbus": modbus, "s7": s7}[kind](port)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("ready", flush=True)

    async def tell():
        last = None
        while True:
            now = await take()
            if now != last:
                last = now
                print(now.hex(), flush=True)
            await asyncio.sleep(CYCLE)

    telling = asyncio.create_task(tell())
    while line := await reader.readline():
        await give(bytes.fromhex(line.decode().strip()))
    telling.cancel()


asyncio.run(main())
# Threads of a server are in nobody's way any more.
sys.stdout.flush()
os._exit(0)
