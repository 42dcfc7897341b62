"""Where a command finds broker and database: the environment first, else the stack that runs on the data directory."""

import os
from dataclasses import dataclass
from pathlib import Path

from terrain.commands.shared_options import refuse
from terrain.local import state
from terrain.local.layout import DataDir


@dataclass(frozen=True)
class Addresses:
    """What an operator's command needs to reach the ground of the product."""

    bootstrap_servers: str
    mongodb_uri: str
    topic_prefix: str = ""


def addresses(data_dir: Path) -> Addresses:
    """Ends the command with one sentence when neither the environment nor a running stack gives them."""
    broker, database = os.environ.get("KAFKA_BOOTSTRAP_SERVERS"), os.environ.get("MONGODB_URI")
    prefix = os.environ.get("TOPIC_PREFIX", "")
    if broker and database:
        return Addresses(broker, database, prefix)
    run = state.read(DataDir(data_dir.resolve()).run_file)
    if run is None or not run.alive or not run.bootstrap_servers:
        refuse(
            f"Nothing runs on {data_dir}; start it with `terrain up`, or set KAFKA_BOOTSTRAP_SERVERS and MONGODB_URI."
        )
    return Addresses(broker or run.bootstrap_servers, database or run.mongodb_uri, prefix or run.topic_prefix)
