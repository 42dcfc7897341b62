"""A company that could exist: the same size, seed and day always give the same one."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Literal

from terrain.demo import names
from terrain.demo.geography import City, Division, cities_by_region
from terrain.demo.sizes import Size

LOGINS = ("admin", "hq", "steward", "manager", "rep", "manager2", "rep2")
HISTORY_DAYS = 120
VISIT_DAYS = 90
AHEAD_DAYS = 10
"""The last of the visiting days, from today on: visits there are planned and not held yet."""
CANCELLED = 0.03
"""Share of the past visits that were called off the day before."""


def make_id(prefix: str, *parts: object) -> str:
    """An id that is the same in every run: loading again changes nothing."""
    return f"{prefix}_{sha256('/'.join(str(part) for part in ('demo', *parts)).encode()).hexdigest()[:32]}"


@dataclass
class Unit:
    unit_id: str
    name: str
    kind: str
    parent_id: str | None


@dataclass
class Employee:
    employee_id: str
    username: str
    name: str
    role: str
    unit_id: str


@dataclass
class Hospital:
    account_id: str
    name: str
    grade: str
    county: Division
    lat: float
    lon: float
    beds: int
    outpatient_visits: int
    unit_id: str
    rep: Employee
    departments: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """(department id, name, specialty)"""


@dataclass
class Doctor:
    contact_id: str
    name: str
    title: str
    specialty: str
    role: str
    hospital: Hospital
    department_id: str
    since: date
    moves_to: tuple[Hospital, str, date] | None = None

    def hospital_on(self, on: date) -> Hospital:
        """Where the doctor works on a day."""
        if self.moves_to and on >= self.moves_to[2]:
            return self.moves_to[0]
        return self.hospital


@dataclass
class Visit:
    visit_id: str
    rep: Employee
    hospital: Hospital
    doctors: list[Doctor]
    at: datetime
    products: list[tuple[str, str, str]]
    """(product id, message, reaction)"""
    drops: list[tuple[str, str, int]]
    """(lot id, contact id, quantity)"""
    feedback: str
    next_step: str
    outcome: Literal["held", "cancelled", "planned"]


@dataclass
class Product:
    product_id: str
    name: str
    line: str
    manufacturer: str
    own: bool


@dataclass
class Material:
    material_id: str
    lot_id: str
    name: str
    kind: str
    value: int
    product_id: str


class Company:
    """Everything the demonstration loads; built from a seed and the present day."""

    def __init__(self, size: Size, *, today: date, seed: int = 20260301) -> None:
        self.size = size
        self.today = today
        self.random = Random(seed)
        self.start = today - timedelta(days=HISTORY_DAYS)
        self.units: list[Unit] = []
        self.employees: list[Employee] = []
        self.hospitals: list[Hospital] = []
        self.doctors: list[Doctor] = []
        self.visits: list[Visit] = []
        self.products = [
            Product(make_id("prd", name), name, line, maker, own) for name, line, maker, own in names.PRODUCTS
        ]
        self.materials = [
            Material(
                make_id("itm", product.name, kind),
                make_id("lot", product.name, kind),
                pattern.format(product=product.name),
                kind,
                value,
                product.product_id,
            )
            for product in self.products
            if product.own
            for pattern, kind, value in names.MATERIALS
        ]
        self._territories: list[tuple[Employee, City]] = []
        self._organise()
        self._settle()
        self._staff()
        self._visit()

    @property
    def reps(self) -> list[Employee]:
        """The representatives."""
        return [employee for employee in self.employees if employee.role == "rep"]

    def _hire(self, username: str, role: str, unit: Unit) -> Employee:
        employee = Employee(make_id("emp", username), username, names.person(self.random), role, unit.unit_id)
        self.employees.append(employee)
        return employee

    def _open(self, name: str, kind: str, parent: Unit | None, *key: object) -> Unit:
        unit = Unit(make_id("unt", *key), name, kind, parent.unit_id if parent else None)
        self.units.append(unit)
        return unit

    def _organise(self) -> None:
        root = self._open("总部", "hq", None, "hq")
        for login in ("admin", "hq", "steward"):
            self._hire(login, login, root)
        cities = cities_by_region()
        regions = list(cities)[: self.size.regions]
        per_region = _share(self.size.offices, len(regions))
        per_office = _share(self.size.reps, self.size.offices)
        office_number = rep_number = 0
        for region_number, (region_name, offices) in enumerate(zip(regions, per_region, strict=True)):
            region = self._open(region_name, "region", root, region_name)
            suffix = {0: "", 1: "2"}.get(region_number)
            self._hire(f"manager{suffix if suffix is not None else f'-{region_number + 1}'}", "manager", region)
            districts: dict[str, Unit] = {}
            for position in range(offices):
                city = cities[region_name][position % len(cities[region_name])]
                province = city.province.name
                if province not in districts:
                    districts[province] = self._open(f"{province}地区", "district", region, region_name, province)
                office = self._open(f"{city.name}办事处", "office", districts[province], "office", office_number)
                for place in range(per_office[office_number]):
                    rep_number += 1
                    first = position == 0 and place == 0 and suffix is not None
                    territory = self._open(f"{city.name}{place + 1}片区", "territory", office, "territory", rep_number)
                    rep = self._hire(f"rep{suffix}" if first else f"rep-{rep_number:03d}", "rep", territory)
                    self._territories.append((rep, city))
                office_number += 1

    def _settle(self) -> None:
        taken: set[str] = set()
        for number in range(self.size.hospitals):
            rep, city = self._territories[number % len(self._territories)]
            county = self.random.choice(city.counties)
            pattern, grade = self.random.choice(names.HOSPITALS)
            name = pattern.format(city=city.name, county=_long_name(city, county))
            attempt = 0
            while name in taken:
                attempt += 1
                name = f"{_long_name(city, county)}第{_ordinal(attempt + 2)}人民医院"
                grade = "2A"
            taken.add(name)
            beds = {"3": 1200, "2": 450, "1": 60}[grade[0]] + self.random.randrange(0, 300)
            hospital = Hospital(
                account_id=make_id("acc", number),
                name=name,
                grade=grade,
                county=county,
                lat=round(county.lat + self.random.uniform(-0.03, 0.03), 6),
                lon=round(county.lon + self.random.uniform(-0.03, 0.03), 6),
                beds=beds,
                outpatient_visits=beds * self.random.randrange(500, 900),
                unit_id=rep.unit_id,
                rep=rep,
            )
            chosen = self.random.sample(names.DEPARTMENTS, k=4 if grade[0] == "3" else 2)
            hospital.departments = [(make_id("dep", number, field), name, field) for name, field in chosen]
            self.hospitals.append(hospital)

    def _staff(self) -> None:
        for number in range(self.size.contacts):
            hospital = self.hospitals[number % len(self.hospitals)]
            department, _, specialty = self.random.choice(hospital.departments)
            doctor = Doctor(
                contact_id=make_id("con", number),
                name=names.person(self.random),
                title=names.title(self.random),
                specialty=specialty,
                role=self.random.choice(names.ROLES),
                hospital=hospital,
                department_id=department,
                since=self.start - timedelta(days=self.random.randrange(30, 3000)),
            )
            if self.random.random() < 0.05:
                target = self.random.choice(self.hospitals)
                if target is not hospital:
                    on = self.today - timedelta(days=self.random.randrange(1, VISIT_DAYS))
                    doctor.moves_to = (target, self.random.choice(target.departments)[0], on)
            self.doctors.append(doctor)

    def _visit(self) -> None:
        at_hospital: dict[str, list[Doctor]] = {hospital.account_id: [] for hospital in self.hospitals}
        for doctor in self.doctors:
            at_hospital[doctor.hospital.account_id].append(doctor)
            if doctor.moves_to:
                at_hospital[doctor.moves_to[0].account_id].append(doctor)
        of_rep: dict[str, list[Hospital]] = {}
        for hospital in self.hospitals:
            if at_hospital[hospital.account_id]:
                of_rep.setdefault(hospital.rep.employee_id, []).append(hospital)
        working = [rep for rep in self.reps if rep.employee_id in of_rep]
        own = [product for product in self.products if product.own]
        slots: dict[str, int] = {}
        for number in range(self.size.visits):
            rep = working[number % len(working)]
            slot = slots[rep.employee_id] = slots.get(rep.employee_id, -1) + 1
            at = self._slot(slot, -(-self.size.visits // len(working)))
            hospital = self.random.choice(of_rep[rep.employee_id])
            present = [d for d in at_hospital[hospital.account_id] if d.hospital_on(at.date()) is hospital]
            if not present:
                continue
            doctors = self.random.sample(present, k=min(len(present), self.random.choice((1, 1, 2))))
            detailed = self.random.sample(own, k=self.random.choice((1, 2)))
            drops: list[tuple[str, str, int]] = []
            if self.random.random() < 0.4:
                material = self.random.choice(
                    [m for m in self.materials if m.product_id in {p.product_id for p in detailed}]
                )
                drops.append((material.lot_id, doctors[0].contact_id, self.random.randrange(1, 4)))
            self.visits.append(
                Visit(
                    visit_id=make_id("vis", number),
                    rep=rep,
                    hospital=hospital,
                    doctors=doctors,
                    at=at,
                    products=[(p.product_id, self.random.choice(names.MESSAGES), self._reaction()) for p in detailed],
                    drops=drops,
                    feedback=self.random.choice(names.FEEDBACK),
                    next_step=self.random.choice(names.NEXT_STEPS),
                    outcome=self._outcome(at),
                )
            )
        self.visits.sort(key=lambda visit: (visit.at, visit.visit_id))

    def _slot(self, slot: int, per_rep: int) -> datetime:
        """The representative's n-th visit: spread over the last months and the next days, never two at a time, in working
        hours (UTC+8)."""
        per_day = -(-per_rep // (VISIT_DAYS - 2))
        done = slot // per_day * (VISIT_DAYS - 2) // -(-per_rep // per_day)
        day = self.today + timedelta(days=AHEAD_DAYS + done + 1 - VISIT_DAYS)
        hour = slot % per_day
        start = datetime(day.year, day.month, day.day, 1, 0, tzinfo=UTC)
        return start + timedelta(minutes=hour * (480 // max(per_day, 8)))

    def _outcome(self, at: datetime) -> Literal["held", "cancelled", "planned"]:
        if at.date() >= self.today:
            return "planned"
        return "cancelled" if self.random.random() < CANCELLED else "held"

    def _reaction(self) -> str:
        return self.random.choices(("unaware", "aware", "trial", "use", "advocate"), weights=(1, 4, 4, 3, 1))[0]


def _share(total: int, parts: int) -> list[int]:
    return [total // parts + (1 if position < total % parts else 0) for position in range(parts)]


def _long_name(city: City, county: Division) -> str:
    return county.name if county.name.endswith(("市", "县", "旗")) else f"{city.name}{county.name}"


def _ordinal(number: int) -> str:
    digits = "零一二三四五六七八九"
    if number < 10:
        return digits[number]
    tens, ones = divmod(number, 10)
    return (digits[tens] if tens > 1 else "") + "十" + (digits[ones] if ones else "")
