"""A fake daemon that holds many idle streams in one thread, and answers other requests with a short body.

Argument: the path of the Unix socket to listen on.
"""

import asyncio
import sys

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n"
OTHER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            is_stream = b"/events" in head.split(b" ", 2)[1]
            writer.write(STREAM if is_stream else OTHER)
            if is_stream:
                await reader.read(1)
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the client closed the connection
    writer.close()


async def main() -> None:
    server = await asyncio.start_unix_server(serve, sys.argv[1], backlog=8192)
    await server.serve_forever()


asyncio.run(main())
