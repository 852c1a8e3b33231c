"""A FastMCP server with streaming progress, over Streamable HTTP at /mcp."""

import asyncio

import mcp_types as mcp_spec
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


@mcp.tool
async def book_table(ctx: Context, guests: int = 2) -> str | mcp_spec.InputRequiredResult:
    """Asks the user for a name: before 2026-07-28 by a request, and since then by what the call returns first."""
    question = "For whom is the table?"
    if before_2026(ctx):
        answer = await ctx.elicit(question, str)
        name = answer.data if answer.action == "accept" else None
    elif not ctx.input_responses:
        schema = {"type": "object", "properties": {"value": {"type": "string"}}, "required": ["value"]}
        params = mcp_spec.ElicitRequestFormParams(message=question, requested_schema=schema)
        return asked("name", mcp_spec.ElicitRequest(params=params))
    else:
        answer = ctx.input_responses["name"]
        name = answer.content["value"] if answer.action == "accept" else None
    return f"A table for {guests}, for {name}" if name else "No table"


@mcp.tool
async def summarize(text: str, ctx: Context) -> str | mcp_spec.InputRequiredResult:
    """Has the client's model summarize a text, asking for that as `book_table` does."""
    content = mcp_spec.TextContent(type="text", text=f"Summarize: {text}")
    messages = [mcp_spec.SamplingMessage(role="user", content=content)]
    if before_2026(ctx):
        answer = await ctx.session.create_message(messages, max_tokens=100, related_request_id=ctx.request_id)
    elif not ctx.input_responses:
        params = mcp_spec.CreateMessageRequestParams(messages=messages, max_tokens=100)
        return asked("summary", mcp_spec.CreateMessageRequest(params=params))
    else:
        answer = ctx.input_responses["summary"]
    return answer.content.text


def before_2026(ctx: Context) -> bool:
    return ctx.request_context.protocol_version < "2026"


def asked(key: str, request: mcp_spec.InputRequest) -> mcp_spec.InputRequiredResult:
    return mcp_spec.InputRequiredResult(input_requests={key: request}, request_state=f"asked for {key}")


app = mcp.http_app(path="/mcp", middleware=[Middleware(CORSMiddleware, **CORS)])

if __name__ == "__main__":
    serve(app)
