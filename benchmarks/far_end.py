"""The two ends of the forwarding benchmark beside the gateway: a trivial service, and a proxy that does nothing but pass on.

`python -m benchmarks.far_end service PORT` and `python -m benchmarks.far_end proxy PORT URL`, under the same server with the
same options as the gateway itself.
"""

import sys
from typing import Any

import aiohttp
import uvicorn
from yarl import URL

_ANSWER = b'{"id":"acc_0","name":"' + b"x" * 900 + b'"}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_ANSWER)).encode()), (b"etag", b'"1"')]


async def service(scope: Any, receive: Any, send: Any) -> None:
    """Answer anything with the same kilobyte of JSON."""
    if scope["type"] == "http":
        while (await receive()).get("more_body", False):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": _ANSWER})


class BareProxy:
    """The least that a proxy can do: headers and body there, status, headers and body back."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=100, keepalive_timeout=50),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=30),
            )
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        url = URL(self._base + scope["raw_path"].decode("latin-1"), encoded=True)
        headers = [(name.decode(), value.decode("latin-1")) for name, value in scope["headers"] if name != b"host"]
        async with self._session.request(scope["method"], url, headers=headers, data=body or None) as answer:
            content = await answer.read()
            await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.raw_headers)})
            await send({"type": "http.response.body", "body": content})


def main() -> None:
    """Serve until killed."""
    kind, port = sys.argv[1], int(sys.argv[2])
    app: Any = service if kind == "service" else BareProxy(sys.argv[3])
    options: dict[str, Any] = {"loop": "uvloop", "http": "httptools", "ws": "none", "lifespan": "off"}
    quiet: dict[str, Any] = {"access_log": False, "log_config": None, "proxy_headers": False}
    headers: dict[str, Any] = {"server_header": False, "date_header": False, "timeout_keep_alive": 75}
    config = uvicorn.Config(app, host="127.0.0.1", port=port, backlog=2048, **options, **quiet, **headers)
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
