"""Settings of the promotion service."""

from chassis.settings import ServiceSettings


class PromotionSettings(ServiceSettings):
    """What the environment may say; `chassis.settings` has the rest."""

    database: str = "terrain_promotion"
    http_port: int = 8003
