#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""proxy.py PORT-FILE LOG UPSTREAM-PORT MODE BYTES [CERTIFICATE | KEYSTONE-URL]: a TCP proxy on loopback whose first answer that is longer than BYTES goes wrong.

MODE is cut (the connection is reset), end (it is closed in good order, and so is every later one at once), stall (nothing more comes), flip (one bit is
(one bit is
another), revoke (Keystone revokes the token that was asked with, then as cut) or pass (nothing goes wrong). With a certificate
it speaks TLS. The port that it took is written to PORT-FILE; LOG gets each request's first line and its Range."""
import asyncio
import os
import socket
import ssl
import struct
import sys
import urllib.request

port_file, log, upstream, mode, limit = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
extra = sys.argv[6] if len(sys.argv) > 6 else None
done = False
ended = False
token = ""


def reset(writer):
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def revoke():
    headers = {"X-Auth-Token": token, "X-Subject-Token": token}
    urllib.request.urlopen(urllib.request.Request(extra + "/auth/tokens", method="DELETE", headers=headers)).close()


async def up(reader, writer):
    global token
    while data := await reader.read(65536):
        text = data.decode("latin-1")
        with open(log, "a", encoding="ascii", errors="replace") as file:
            for line in text.split("\r\n"):
                if line.lower().startswith("x-auth-token:"):
                    token = line.split(":", 1)[1].strip()
                if line.startswith(("GET ", "PATCH ", "POST ")) or line.lower().startswith("range:"):
                    file.write(line + "\n")
        writer.write(data)
        await writer.drain()


async def down(reader, writer):
    global done, ended
    passed = 0
    while not ended and (data := await reader.read(65536)):
        if mode != "pass" and not done and passed + len(data) > limit:
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
                if mode == "revoke":
                    await asyncio.to_thread(revoke)
                if mode in ("cut", "revoke"):
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
    context = None
    if mode == "pass" and extra:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(extra)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    with open(port_file + ".new", "w", encoding="ascii") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    os.rename(port_file + ".new", port_file)
    async with server:
        await server.serve_forever()


asyncio.run(main())
