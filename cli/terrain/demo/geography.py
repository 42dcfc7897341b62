"""Where things are: real divisions of China with their codes and coordinates."""

import csv
from dataclasses import dataclass
from importlib import resources

REGIONS = {
    "华北大区": ("11", "12", "13", "14", "15"),
    "华东大区": ("31", "32", "33", "34", "35", "36", "37"),
    "华南大区": ("44", "45", "46"),
    "华中大区": ("41", "42", "43"),
    "西南大区": ("50", "51", "52", "53", "54"),
    "西北大区": ("61", "62", "63", "64", "65"),
    "东北大区": ("21", "22", "23"),
}
"""Sales regions and the first two digits of their provinces' codes."""


@dataclass(frozen=True)
class Division:
    """A division; `lat` and `lon` in degrees."""

    code: str
    name: str
    lat: float
    lon: float


@dataclass(frozen=True)
class City:
    """A prefecture (or a municipality as a whole) with its counties."""

    name: str
    province: Division
    counties: tuple[Division, ...]


def cities_by_region() -> dict[str, list[City]]:
    """The cities of each region, those with most counties first, as a proxy for size."""
    divisions = _divisions()
    provinces = {code[:2]: d for code, d in divisions.items() if code.endswith("0000")}
    found: dict[str, list[City]] = {}
    for region, prefixes in REGIONS.items():
        cities: list[City] = []
        for prefix in prefixes:
            prefectures = [d for code, d in divisions.items() if code[:2] == prefix and code.endswith("00")]
            for prefecture in prefectures:
                counties = tuple(
                    d
                    for code, d in sorted(divisions.items())
                    if code[:4] == prefecture.code[:4] and not code.endswith("00") and d.name != "市辖区"
                )
                if len(counties) >= 4:
                    own = prefecture.name not in ("市辖区", "县", "省直辖县级行政区划")
                    name = prefecture.name if own else provinces[prefix].name
                    cities.append(City(name, provinces[prefix], counties))
        found[region] = sorted(cities, key=lambda city: (-len(city.counties), city.name))
    return found


def _divisions() -> dict[str, Division]:
    text = resources.files(__package__).joinpath("places", "divisions.csv").read_text(encoding="utf-8")
    return {
        row["code"]: Division(row["code"], row["name"], float(row["lat"]), float(row["lon"]))
        for row in csv.DictReader(text.splitlines())
    }
