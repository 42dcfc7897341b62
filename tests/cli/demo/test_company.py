from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from chassis.load import Line, command_of
from contracts.values import LocationKind
from customer.app import service as customer
from promotion.app import service as promotion
from promotion.locations.model import location_id
from terrain.demo.commands import customer_lines, promotion_lines, visit_lines
from terrain.demo.company import LOGINS, Company
from terrain.demo.geography import REGIONS, cities_by_region
from terrain.demo.sizes import SIZES
from visits.app import service as visits

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module", params=SIZES)
def company(request: pytest.FixtureRequest) -> Company:
    return Company(SIZES[request.param], today=TODAY)


@pytest.fixture(scope="module")
def small() -> Company:
    return Company(SIZES["small"], today=TODAY)


def test_the_same_day_and_seed_give_the_same_company(small: Company):
    again = Company(SIZES["small"], today=TODAY)
    assert [visit for visit in again.visits] == small.visits
    assert again.employees == small.employees


def test_a_company_has_the_size_it_is_said_to_have(company: Company):
    size = company.size
    assert len(company.reps) == size.reps
    assert len(company.hospitals) == size.hospitals
    assert len(company.doctors) == size.contacts
    assert len(company.visits) == size.visits
    assert sum(unit.kind == "office" for unit in company.units) == size.offices
    assert sum(unit.kind == "region" for unit in company.units) == size.regions


def test_ids_usernames_and_hospital_names_are_unique(company: Company):
    for values in (
        [unit.unit_id for unit in company.units],
        [employee.employee_id for employee in company.employees],
        [employee.username for employee in company.employees],
        [hospital.name for hospital in company.hospitals],
        [doctor.contact_id for doctor in company.doctors],
        [visit.visit_id for visit in company.visits],
    ):
        assert len(values) == len(set(values))


def test_every_login_is_an_employee_and_the_two_reps_work_in_different_regions(company: Company):
    by_name = {employee.username: employee for employee in company.employees}
    assert set(LOGINS) <= by_name.keys()
    parents = {unit.unit_id: unit for unit in company.units}

    def region(username: str) -> str:
        unit = parents[by_name[username].unit_id]
        while unit.kind != "region":
            assert unit.parent_id is not None
            unit = parents[unit.parent_id]
        return unit.unit_id

    assert region("rep") == region("manager") != region("manager2") == region("rep2")


def test_no_representative_is_at_two_places_at_once(company: Company):
    at: dict[str, list[datetime]] = {}
    for visit in company.visits:
        at.setdefault(visit.rep.employee_id, []).append(visit.at)
    for times in at.values():
        assert all(second - first >= timedelta(minutes=40) for first, second in pairwise(sorted(times)))


def test_visits_meet_doctors_where_they_work_on_that_day(company: Company):
    for visit in company.visits:
        assert visit.doctors
        assert all(doctor.hospital_on(visit.at.date()) is visit.hospital for doctor in visit.doctors)
        assert visit.hospital.rep == visit.rep
        assert (visit.at.date() >= TODAY) == (visit.outcome == "planned")


def test_most_visits_were_held_some_were_called_off_and_some_are_to_come(company: Company):
    outcomes = Counter(visit.outcome for visit in company.visits)
    shares = {outcome: count / len(company.visits) for outcome, count in outcomes.items()}
    assert shares["held"] > 0.75
    assert 0.01 < shares["cancelled"] < 0.06
    assert 0.05 < shares["planned"] < 0.2


def test_representatives_get_the_stock_that_their_visits_take(company: Company):
    stock: Counter[tuple[str, str]] = Counter()
    for line in promotion_lines(company):
        command = line["command"]
        if line["use_case"] == "receive_stock":
            stock[(command["location_id"], command["lot_id"])] += command["quantity"]
        if line["use_case"] == "transfer_stock":
            stock[(command["from_location_id"], command["lot_id"])] -= command["quantity"]
            stock[(command["to_location_id"], command["lot_id"])] += command["quantity"]
    for visit in company.visits:
        for lot, _, quantity in visit.drops if visit.outcome == "held" else ():
            stock[(location_id(LocationKind.REPRESENTATIVE, visit.rep.employee_id), lot)] -= quantity
    assert min(stock.values()) >= 0


def test_every_command_fits_its_use_case(small: Company):
    invitations = dict.fromkeys(LOGINS, "x" * 43)
    files: list[tuple[Any, Any]] = [
        (customer, customer_lines(small, invitations, datetime(2026, 11, 24, tzinfo=UTC))),
        (promotion, promotion_lines(small)),
        (visits, visit_lines(small)),
    ]
    for service, lines in files:
        use_cases = {case.__name__: case for case in service.use_cases}
        for line in lines:
            parsed = Line.model_validate(line)
            command_of(use_cases[parsed.use_case]).model_validate(parsed.command)


def test_every_region_has_cities_with_counties():
    cities = cities_by_region()
    assert cities.keys() == REGIONS.keys()
    for found in cities.values():
        assert len(found) >= 8
        assert all(18 < county.lat < 54 and 73 < county.lon < 136 for city in found for county in city.counties)
