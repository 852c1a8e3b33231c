"""A FastMCP server with streaming progress, over Streamable HTTP at /mcp."""

import asyncio

from fastmcp import Context, FastMCP
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from serve import CORS, serve

mcp = FastMCP("rivulet-fastmcp")


@mcp.tool
async def echo(message: str) -> str:
    """Returns the message."""
    return message


@mcp.tool
async def generate_numbers(count: int, ctx: Context, delay_ms: int = 20) -> list[int]:
    """Counts, with a progress notification and a log line per number."""
    for n in range(1, count + 1):
        await asyncio.sleep(delay_ms / 1000)
        await ctx.report_progress(n, count, str(n))
        await ctx.info(f"counted {n}")
    return list(range(1, count + 1))


@mcp.tool
async def fail(message: str = "This tool always fails") -> None:
    """Raises, which becomes a tool error."""
    raise ValueError(message)


app = mcp.http_app(path="/mcp", middleware=[Middleware(CORSMiddleware, **CORS)])

if __name__ == "__main__":
    serve(app)
