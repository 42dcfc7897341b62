"""One product for all schedules of a run; a fresh one now and then, so that checking all of its history stays quick."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.faults.campaign import Campaign, Report
from tests.faults.schedule import Schedule

SCHEDULES_OF_ONE_PRODUCT = 12


class Ground:
    """The running product, started when it is first needed and anew after a violation or many schedules."""

    def __init__(self) -> None:
        self._campaign: Campaign | None = None
        self._runs = 0

    async def campaign(self) -> Campaign:
        """The present one."""
        if self._campaign is not None and self._runs >= SCHEDULES_OF_ONE_PRODUCT:
            await self.end()
        if self._campaign is None:
            self._campaign, self._runs = await Campaign.begin(), 0
        return self._campaign

    async def run(self, schedule: Schedule, *, rebuild: bool = False) -> Report:
        """Run a schedule and print its report, from which it can be run again."""
        campaign = await self.campaign()
        self._runs += 1
        try:
            report = await campaign.run(schedule, rebuild=rebuild)
        except BaseException:
            print(f"SEED={schedule.seed} did not end; logs: {campaign.product.folder}")
            await self.end(keep=True)
            raise
        print(report)
        if report.violations:
            await self.end(keep=True)
        return report

    async def end(self, *, keep: bool = False) -> None:
        """Stop what runs; logs and data stay when they are to be looked at."""
        campaign, self._campaign = self._campaign, None
        if campaign is not None:
            await campaign.end(keep=keep)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ground() -> AsyncIterator[Ground]:
    """The product of this run."""
    made = Ground()
    yield made
    await made.end()
