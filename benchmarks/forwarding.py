"""The gateway's forwarding beside a proxy that does nothing but pass on, both in front of the same trivial service."""

import sys

from chassis.native.ports import free_ports

from benchmarks import accounts
from benchmarks.bench import Bench
from benchmarks.clients import LoadProcess, Request, spread_over
from benchmarks.figures import alternate, ratio
from benchmarks.installation import beside, environment

CLIENTS = 16
TARGET = 0.7


async def measure(bench: Bench) -> None:
    """A second gateway process, whose customer service is the trivial one; identity, counting and tokens are all real.

    The limit of an employee is out of reach here: sixteen of them at once come near it.
    """
    installation, terms = bench.installation, bench.terms
    service_port, proxy_port, gateway_port = free_ports(3)
    service_url = f"http://127.0.0.1:{service_port}"
    there = {"HTTP_PORT": str(gateway_port), "CUSTOMER_URL": service_url, "REQUESTS_PER_SECOND": "1000000"}
    gateway = environment(installation, "gateway", **there)
    far_end = [sys.executable, "-m", "benchmarks.far_end"]
    async with (
        beside([*far_end, "service", str(service_port)], service_port),
        beside([*far_end, "proxy", str(proxy_port), service_url], proxy_port),
        beside(installation.stack.command("gateway", "--role", "api"), gateway_port, gateway),
        LoadProcess(f"http://127.0.0.1:{gateway_port}") as to_gateway,
        LoadProcess(f"http://127.0.0.1:{proxy_port}") as to_proxy,
    ):
        read = Request("GET", "/api/v1/accounts/acc_0")
        write = Request("POST", "/api/v1/accounts", accounts.body("unt_0"))
        for what, request in (("GET", read), ("POST of 700 bytes", write)):

            async def side(load: LoadProcess, request: Request = request) -> float:
                tokens = await installation.tokens(installation.representatives)
                clients = spread_over(tokens, CLIENTS, lambda _: [request])
                return (await load.block(clients, terms.seconds, expect=200, cycle=True)).rate

            mine, bare = await alternate(terms, lambda: side(to_gateway), lambda: side(to_proxy))
            bench.report.add(ratio("forwarding", f"{what}, gateway ÷ bare proxy", mine, bare, target=TARGET))
