"""What every benchmark gets."""

from dataclasses import dataclass

from benchmarks.clients import LoadProcess
from benchmarks.figures import Report, Terms
from benchmarks.installation import Installation


@dataclass
class Bench:
    """The running product, HTTP load on its gateway, where findings go, how long and how often to measure."""

    installation: Installation
    load: LoadProcess
    report: Report
    terms: Terms
