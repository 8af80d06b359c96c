#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""proxy.py PORT-FILE LOG UPSTREAM-PORT MODE BYTES: a TCP proxy on loopback whose first answer that is longer than BYTES goes wrong.

MODE is cut (the connection is reset), end (it is closed in good order, and so is every later one at once), stall (nothing more comes), flip (one bit is
another). The port that it took is written to PORT-FILE; LOG gets each request's first line and its Range."""
import asyncio
import os
import socket
import struct
import sys

port_file, log, upstream, mode, limit = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
done = False
ended = False


def reset(writer):
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def up(reader, writer):
    while data := await reader.read(65536):
        text = data.decode("latin-1")
        with open(log, "a", encoding="ascii", errors="replace") as file:
            for line in text.split("\r\n"):
                if line.startswith(("GET ", "PATCH ", "POST ")) or line.lower().startswith("range:"):
                    file.write(line + "\n")
        writer.write(data)
        await writer.drain()


async def down(reader, writer):
    global done, ended
    passed = 0
    while not ended and (data := await reader.read(65536)):
        if not done and passed + len(data) > limit:
            done = True
            ended = mode == "end"
            head = data[: limit - passed]
            if mode == "flip":
                data = head + bytes([data[len(head)] ^ 1]) + data[len(head) + 1 :]
            else:
                writer.write(head)
                await writer.drain()
                if mode == "stall":
                    await asyncio.sleep(600)
                if mode == "cut":
                    await asyncio.sleep(0.05)
                    reset(writer)
                return
        passed += len(data)
        writer.write(data)
        await writer.drain()


async def serve(reader, writer):
    server_reader, server_writer = await asyncio.open_connection("127.0.0.1", upstream)
    task = asyncio.ensure_future(up(reader, server_writer))
    try:
        await down(server_reader, writer)
    except OSError:
        pass
    finally:
        task.cancel()
        server_writer.close()
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    with open(port_file + ".new", "w", encoding="ascii") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    os.rename(port_file + ".new", port_file)
    async with server:
        await server.serve_forever()


asyncio.run(main())
