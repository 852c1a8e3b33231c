"""Runs an ASGI app on 127.0.0.1 and says where, once it answers."""

import os
import socket
import sys

import uvicorn


class AnnouncingServer(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets=sockets)
        host, port = sockets[0].getsockname()
        print(f"listening on http://{host}:{port}", flush=True)


def serve(app):
    """The port is the first argument, else PORT, else 8000; 0 picks a free one."""
    port = int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("PORT", "8000"))
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    # Event streams never end by themselves, so a graceful shutdown must not wait for them.
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
    AnnouncingServer(config).run(sockets=[listener])


CORS = {
    "allow_origins": ["*"],
    "allow_methods": ["GET", "POST", "DELETE", "OPTIONS"],
    "allow_headers": ["*"],
    "expose_headers": ["mcp-session-id", "www-authenticate", "retry-after"],
}
