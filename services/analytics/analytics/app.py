"""The composition root of analytics. One role: whoever answers also reads the topics into its own file (DuckDB has one
writing process); it scales by replicas, each with a file of its own."""

from chassis.service import Service

from analytics.marts.rebuilding import keeping_marts
from analytics.queries.routes import router
from analytics.settings import AnalyticsSettings

service = Service(
    name="analytics",
    settings=AnalyticsSettings,
    routers=[router],
    parts=[keeping_marts],
    description="Marts built only from the events of the other services, and the questions of the head office to them.",
)
