"""The documents as the running gateway serves them."""

import aiohttp
import pytest

from tests.gateway.stack import RunningGateway

pytestmark = pytest.mark.stack


async def get(house: RunningGateway, path: str) -> tuple[int, str, str]:
    async with aiohttp.ClientSession() as client, client.get(house.url + path) as answer:
        return answer.status, answer.content_type, await answer.text()


@pytest.mark.parametrize(
    ("path", "kind", "content"),
    [
        ("/", "text/html", "Terrain"),
        ("/docs", "text/html", "openapi.json"),
        ("/docs/events", "text/html", "customer.contact-moved.v1"),
        ("/openapi.json", "application/json", "/api/v1/auth/token"),
        ("/asyncapi.json", "application/json", "promotion.stock-moved.v1"),
        ("/livez", "application/json", "true"),
        ("/readyz", "application/json", "true"),
        ("/metrics", "text/plain", "terrain_http_request_seconds"),
    ],
)
async def test_anybody_may_read_them(house: RunningGateway, path: str, kind: str, content: str):
    await house.call("GET", "/me")
    status, content_type, text = await get(house, path)
    assert (status, content_type) == (200, kind)
    assert content in text


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v1", "/docs/nothing"])
async def test_other_paths_are_404_as_problem_details(house: RunningGateway, path: str):
    status, content_type, text = await get(house, path)
    assert (status, content_type) == (404, "application/problem+json")
    assert "request_id" in text


async def test_paths_of_services_need_a_token_before_anything_else_is_said(house: RunningGateway):
    status, _, _ = await get(house, "/api/v1/accounts/acc_1/360/more")
    assert status == 401
