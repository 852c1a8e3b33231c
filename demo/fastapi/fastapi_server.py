"""A FastAPI app whose endpoints are MCP tools: over Streamable HTTP at /mcp, over HTTP+SSE at /sse."""

import asyncio

from fastapi import FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import StreamingResponse
from fastapi_mcp import FastApiMCP
from pydantic import BaseModel

from serve import CORS, serve

app = FastAPI(title="rivulet-fastapi")
app.add_middleware(CORSMiddleware, **CORS)


class Echo(BaseModel):
    message: str


@app.post("/echo", operation_id="echo")
async def echo(body: Echo) -> Echo:
    """Returns the message."""
    return body


@app.get("/add", operation_id="add")
async def add(a: float, b: float) -> float:
    """Adds two numbers."""
    return a + b


@app.get("/numbers", operation_id="generate_numbers", response_class=StreamingResponse)
async def generate_numbers(count: int, delay_ms: int = 20) -> StreamingResponse:
    """Counts, one event each. Over MCP the events arrive together, at the end: fastapi-mcp waits for the whole."""

    async def events():
        for n in range(1, count + 1):
            await asyncio.sleep(delay_ms / 1000)
            yield f"data: {n}\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/fail", operation_id="fail")
async def fail(message: str = "This tool always fails") -> None:
    """Answers 418, which becomes a tool error."""
    raise HTTPException(status_code=418, detail=message)


# Endpoints that are defined after this line would not become tools.
mcp = FastApiMCP(app, name="rivulet-fastapi")
mcp.mount_http(mount_path="/mcp")
mcp.mount_sse(mount_path="/sse")

if __name__ == "__main__":
    serve(app)
