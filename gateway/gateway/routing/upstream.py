"""One service as the gateway reaches it: one shared client with its kept connections."""

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
from yarl import URL

from gateway.routing.refusals import AnswerLost, ServiceDown, ServiceTooSlow

_CONNECT_S = 2.0
_SILENCE_S = 60.0
"""A body that stands still for this long is given up; longer than a deadline and the longest `Prefer: wait` together."""
_KEEP_S = 50.0
"""Shorter than services keep an idle connection (75 s), so that no request is sent into one that is being closed."""
_PAUSE_S = 0.05
_REPEATABLE = frozenset({"GET", "HEAD"})

Headers = list[tuple[str, str]]


class StreamedBody:
    """A body that is passed on while it arrives; once begun it cannot be sent again."""

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts
        self.begun = False
        self.failure: BaseException | None = None
        """What reading from the client ended with."""

    async def read(self) -> AsyncIterator[bytes]:
        """The parts, once."""
        self.begun = True
        try:
            async for part in self._parts:
                yield part
        except Exception as failure:
            self.failure = failure
            raise


class Upstream:
    """A service: `name` is the audience of its tokens, `url` where it listens."""

    def __init__(self, name: str, url: str, *, connections: int = 100) -> None:
        self.name = name
        self._base = url.rstrip("/")
        self._connections = connections
        self._client: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the client; nothing is sent yet."""
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=_KEEP_S, ttl_dns_cache=10),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_SILENCE_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )
        # aiohttp repeats PUT and DELETE by itself when a kept connection breaks. With If-Match the repetition of a
        # request that took effect would be answered 412, so repeating is decided here and nowhere else.
        self._client._retry_connection = False

    async def close(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def send(
        self,
        method: str,
        target: str,
        headers: Headers,
        body: bytes | StreamedBody | None = None,
        *,
        deadline: float,
    ) -> aiohttp.ClientResponse:
        """The beginning of the service's answer; the caller reads or releases the rest.

        `target` is the path with its query, as the client sent it; `deadline` is on `time.monotonic()`. A request that
        was not sent, or a GET or HEAD whose connection broke, is tried a second time.

        Raises: ServiceDown when nothing was sent; AnswerLost when it was; ServiceTooSlow; what reading the client's
        body raised.
        """
        if self._client is None:
            raise ServiceDown(f"{self.name} is not connected", retry_after=1)
        url = URL(self._base + target, encoded=True)
        again = True
        while True:
            try:
                async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                    return await self._client.request(
                        method,
                        url,
                        headers=headers,
                        data=body.read() if isinstance(body, StreamedBody) else body,
                        allow_redirects=False,
                    )
            except aiohttp.ClientConnectorError as failure:
                if not again:
                    raise ServiceDown(f"{self.name} cannot be reached", retry_after=2) from failure
            except aiohttp.ServerTimeoutError as failure:
                if not isinstance(failure, aiohttp.ConnectionTimeoutError):
                    raise ServiceTooSlow(f"{self.name} did not answer in time", retry_after=2) from failure
                if not again:
                    raise ServiceDown(f"{self.name} cannot be reached", retry_after=2) from failure
            except TimeoutError as failure:
                raise ServiceTooSlow(f"{self.name} did not answer in time", retry_after=2) from failure
            except (aiohttp.ClientError, ConnectionError) as failure:
                if isinstance(body, StreamedBody) and body.failure is not None:
                    raise body.failure from failure
                if method not in _REPEATABLE or not again:
                    raise AnswerLost(f"the connection to {self.name} broke", retry_after=1) from failure
            if isinstance(body, StreamedBody) and body.begun:
                raise AnswerLost(f"the connection to {self.name} broke", retry_after=1)
            again = False
            await asyncio.sleep(_PAUSE_S)
