"""Every write route of the gateway with a body that it takes, for tests that send others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.system.company import SPOT, Company, a_contact_body, a_number, an_account_body, day, now

Body = dict[str, Any]


@dataclass(frozen=True)
class Write:
    """A route, who may use it, and a body that fits its schema."""

    method: str
    path: str
    login: str | None
    body: Callable[[Company], Body]
    if_match: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def address(self, company: Company) -> str:
        """The path for what belongs to the territory `north`."""
        here = company.territories["north"]
        return self.path.format(
            account_id=here.account["id"],
            department_id=here.account["departments"][0]["id"],
            attribute_id="atr_0none",
            duplicate_id="dup_0none",
            request_id="crq_0none",
            case_id="car_0none",
            plan_id="cpl_0none",
            contact_id=here.contact["id"],
            visit_id=here.visit["id"],
            unit_id=here.unit_id,
            handover_id="hnd_0none",
            affiliation_id=here.contact["affiliations"][0]["id"],
            influence_id="inf_1",
            employee_id=here.employee_id,
            position_id=company.employees["rep"]["positions"][0]["id"],
            material_id=company.material["id"],
            line_id=company.line["id"],
            realignment_id="rea_0absent",
            model_id="scm_0none",
            override_id="sov_0none",
            alignment_id=f"aln_{here.account['id'][4:]}_{company.line['id'][4:]}",
        )


def _account(company: Company) -> Body:
    more = {
        "division_code": "110101",
        "address": "1 Road",
        "telephone": "010",
        "beds": 1,
        "outpatient_visits": 1,
        "discharges": 1,
    }
    more |= {"tags": ["x"]}
    return an_account_body(company.units["north"]["id"]) | more


def _cover(company: Company) -> Body:
    here = company.territories["north"]
    return {"unit_id": here.unit_id, "employee_id": here.employee_id}


def _alignment(company: Company) -> Body:
    here = company.territories["north"]
    ids = {"account_id": here.account["id"], "line_id": company.line["id"]}
    return ids | _cover(company) | {"valid_from": day(), "valid_to": day(9)}


def _realignment(company: Company) -> Body:
    here = company.territories["north"]
    item = {
        "account_id": here.account["id"],
        "line_id": company.line["id"],
        "to_unit_id": here.unit_id,
        "employee_id": here.employee_id,
    }
    return {"name": "x", "effective_on": day(9), "items": [item]}


def _department() -> Body:
    patients = [{"indication": "I50", "patients": 1}]
    return {"specialty": "x", "outpatient_visits": 1, "discharges": 1, "patients": patients}


def _parent(company: Company) -> Body:
    return {"parent_id": company.territories["south"].account["id"], "on": day(), "reason": "x"}


def _plan(company: Company) -> Body:
    objective = {"text": "x", "measure": "x", "target": 1, "due_on": day(9), "status": "open"}
    rival = {"manufacturer": "x", "product_id": company.product["id"], "product": "x", "presence": "weak", "share": 1}
    contact = {"contact_id": company.territories["north"].contact["id"], "stance": "neutral"}
    facts = {"objectives": [objective], "key_contacts": [contact], "competitors": [rival]}
    return facts | {"status": "active", "period_from": day(), "period_to": day(99)}


def _attribute(_: Company) -> Body:
    choices = [{"code": "a", "label": "x", "retired": False}]
    return {"noun": "contact", "code": "x", "label": "x", "type": "choice", "choices": choices, "required": False}


def _contact(company: Company) -> Body:
    return a_contact_body(company.territories["north"].account["id"])


def _move(company: Company) -> Body:
    account = company.territories["south"].account
    department = account["departments"][0]["id"]
    return {"to_account_id": account["id"], "to_department_id": department, "role": "x", "on": day(), "evidence": "x"}


def _affiliation(company: Company) -> Body:
    account = company.territories["south"].account
    department = account["departments"][0]["id"]
    return {
        "account_id": account["id"],
        "department_id": department,
        "role": "x",
        "primary": False,
        "share": 1,
        "valid_from": day(),
        "valid_to": day(9),
        "evidence": "x",
    }


def _consent(_: Company) -> Body:
    return {
        "channel": "sms",
        "purpose": "promotion",
        "act": "opt_in",
        "on": day(),
        "expires_on": day(9),
        "evidence": "x",
    }


def _influence(company: Company) -> Body:
    return {
        "from_contact_id": company.territories["north"].contact["id"],
        "to_contact_id": company.territories["south"].contact["id"],
        "type": "teaches",
        "strength": 1,
        "source": "x",
        "valid_from": day(),
        "valid_to": day(9),
    }


def _corrections(company: Company) -> Body:
    qualification = {"kind": "x", "number": "x", "issuer": "x", "valid_from": day(), "valid_to": day(9)}
    return {
        "title": "x",
        "mobile": "13800138000",
        "pinyin": "x",
        "licence": "1234567",
        "qualifications": [qualification],
    }


def _merge(company: Company) -> Body:
    survivor, merged = (company.territories[name].account["id"] for name in ("north", "south"))
    return {
        "kind": "account",
        "survivor_id": survivor,
        "merged_id": merged,
        "fields": {"beds": "merged"},
        "reason": "x",
    }


def _proposed(company: Company) -> Body:
    south = company.territories["south"].account["id"]
    return {
        "beds": 7,
        "telephone": "010",
        "tags": ["x"],
        "stage": {"stage": "developing", "on": day()},
        "regrade": {"grade": "3A", "on": day()},
        "parent": {"parent_id": south, "on": day()},
    }


def _change_request(company: Company) -> Body:
    subject = {"subject": "account", "subject_id": company.territories["north"].account["id"], "base_version": 1}
    return subject | {"fields": _proposed(company), "reason": "x", "evidence": ["evd_0none"]}


def _verdict(_: Company) -> Body:
    return {"fields": {"beds": {"verdict": "accept", "note": "x"}}, "note": "x", "base_version": 1}


def _policy(_: Company) -> Body:
    acceptance = {"enabled": False, "window_days": 9, "minimum_judged": 9, "minimum_per_cent": 90}
    return {
        "request_days": 3,
        "care_days": {"inquiry": 1, "complaint": 1, "occasion": 1},
        "holidays": ["2026-10-01"],
        "workdays": ["2026-10-10"],
        "acceptance": acceptance | {"fields": ["account.beds"]},
    }


def _care_case(company: Company) -> Body:
    here = company.territories["north"]
    about = {"subject": "account", "subject_id": here.account["id"], "visit_id": here.visit["id"]}
    return about | {"kind": "inquiry", "text": "x", "due_on": day(9)}


def _segment(company: Company) -> Body:
    return {"unit_id": company.units["north"]["id"], "kinds": ["hospital"], "grades": ["3A"]}


def _care_plan(company: Company) -> Body:
    occasion = {"name": "x", "month": 10, "day": 1, "lead_days": 1}
    return {"name": "x", "subject": "account", "segment": _segment(company), "occasions": [occasion]}


def _employee(company: Company) -> Body:
    unit_id = company.units["north"]["id"]
    login = f"somebody{a_number()}"
    return {
        "name": "x",
        "username": login,
        "roles": ["rep"],
        "unit_id": unit_id,
        "valid_from": day(),
        "valid_to": day(9),
    }


def _position(company: Company) -> Body:
    unit_id = company.units["north office"]["id"]
    lines = [company.line["id"]]
    period = {"valid_from": day(1), "valid_to": day(9)}
    return {"unit_id": unit_id, "roles": ["manager"], "line_ids": lines, "share": 10, **period}


def _transfer(company: Company) -> Body:
    place = company.territories["north"].location_id
    ends = {"from_location_id": company.warehouse_id, "to_location_id": place}
    return {"lot_id": company.lot["id"], "quantity": 1, **ends}


def _visit(company: Company) -> Body:
    here = company.territories["north"]
    return {"account_id": here.account["id"], "planned_at": now(), "contact_ids": [here.contact["id"]]}


def _version() -> Body:
    inputs = [{"code": "beds", "source": "account", "weight": 100}]
    limits = {"A": 80, "B": 50, "C": 20}
    return {"inputs": inputs, "population": ["kind"], "min_population": 1, "thresholds": limits}


WRITES: tuple[Write, ...] = (
    Write("POST", "/score-models", "hq", lambda _: _version() | {"name": "x", "subject": "account"}),
    Write("POST", "/score-models/{model_id}/versions", "hq", lambda _: _version()),
    Write("POST", "/score-models/{model_id}/activation", "hq", lambda _: {"version": 1, "reason": "x"}),
    Write("POST", "/score-models/{model_id}/retirement", "hq", lambda _: {"reason": "x"}),
    Write("POST", "/score-models/{model_id}/runs", "hq", lambda _: {"as_of": day(), "version": 1}),
    Write("POST", "/score-models/{model_id}/what-if", "hq", lambda _: {"as_of": day(), "version": 1}),
    Write(
        "POST",
        "/accounts/{account_id}/score-overrides",
        "rep",
        lambda _: {"tier": "A", "reason": "x", "expires_on": day(9)},
    ),
    Write(
        "POST",
        "/contacts/{contact_id}/score-overrides",
        "rep",
        lambda _: {"tier": "A", "reason": "x", "expires_on": day(9)},
    ),
    Write("POST", "/score-overrides/{override_id}/approval", "manager", lambda _: {"reason": "x"}),
    Write("POST", "/score-overrides/{override_id}/rejection", "manager", lambda _: {"reason": "x"}),
    Write("POST", "/accounts", "steward", _account),
    Write("PATCH", "/accounts/{account_id}", "steward", lambda _: {"beds": 7, "telephone": "010"}, if_match=True),
    Write(
        "POST", "/accounts/{account_id}/stage", "steward", lambda _: {"stage": "developing", "reason": "x", "on": day()}
    ),
    Write("POST", "/accounts/{account_id}/grades", "steward", lambda _: {"grade": "3A", "on": day(), "reason": "x"}),
    Write("POST", "/accounts/{account_id}/parents", "steward", _parent),
    Write("POST", "/accounts/{account_id}/departments", "steward", lambda _: _department() | {"name": "x"}),
    Write(
        "PATCH",
        "/accounts/{account_id}/departments/{department_id}",
        "steward",
        lambda _: _department(),
        if_match=True,
    ),
    Write("POST", "/accounts/{account_id}/notes", "rep", lambda _: {"text": "x"}),
    Write("PUT", "/accounts/{account_id}/plan", "rep", _plan, if_match=True),
    Write("POST", "/accounts/bulk", "steward", lambda c: {"all_or_none": True, "items": [_account(c)]}),
    Write("POST", "/contacts/bulk", "steward", lambda c: {"all_or_none": True, "items": [_contact(c)]}),
    Write("POST", "/attributes", "admin", _attribute),
    Write("PATCH", "/attributes/{attribute_id}", "admin", lambda _: {"label": "x", "required": True}, if_match=True),
    Write("POST", "/alignments", "steward", _alignment),
    Write(
        "POST",
        "/alignments/{alignment_id}/changes",
        "steward",
        lambda c: _cover(c) | {"valid_from": day(), "end": False, "reason": "x"},
    ),
    Write("POST", "/realignments", "steward", _realignment),
    Write("PUT", "/realignments/{realignment_id}", "steward", _realignment, if_match=True),
    Write("POST", "/contacts", "steward", _contact),
    Write("PATCH", "/contacts/{contact_id}", "steward", _corrections, if_match=True),
    Write("POST", "/contacts/{contact_id}/moves", "steward", _move),
    Write("POST", "/merges", "steward", _merge),
    Write("PUT", "/working-policy", "steward", _policy, if_match=True),
    Write("POST", "/change-requests", "rep", _change_request),
    Write(
        "PATCH",
        "/change-requests/{request_id}",
        "rep",
        lambda c: {"fields": _proposed(c), "reason": "x", "evidence": ["evd_0none"], "base_version": 1},
        if_match=True,
    ),
    Write("POST", "/change-requests/{request_id}/verdict", "steward", _verdict),
    Write("POST", "/care-cases", "rep", _care_case),
    Write("POST", "/care-cases/{case_id}/assignment", "manager", lambda _: {"employee_id": "emp_0none"}),
    Write("POST", "/care-cases/{case_id}/answer", "rep", lambda _: {"text": "x"}),
    Write("POST", "/care-cases/{case_id}/reopening", "rep", lambda _: {"reason": "x"}),
    Write("POST", "/care-plans", "manager", _care_plan),
    Write(
        "PATCH",
        "/care-plans/{plan_id}",
        "manager",
        lambda c: {"name": "x", "segment": _segment(c), "status": "active"},
        if_match=True,
    ),
    Write("POST", "/merges/mrg_0none/undo", "steward", lambda _: {"reason": "x"}),
    Write("POST", "/duplicates/runs", "steward", lambda _: {"kinds": ["account"]}),
    Write("POST", "/duplicates/dup_0none/dismissal", "steward", lambda _: {"reason": "x"}),
    Write("POST", "/duplicates/{duplicate_id}/dismissal", "steward", lambda _: {"reason": "x"}),
    Write("POST", "/contacts/{contact_id}/affiliations", "steward", _affiliation),
    Write(
        "PATCH",
        "/contacts/{contact_id}/affiliations/{affiliation_id}",
        "steward",
        lambda _: {"share": 1, "valid_from": day(-900), "valid_to": day(9), "evidence": "x"},
        if_match=True,
    ),
    Write(
        "POST",
        "/contacts/{contact_id}/affiliations/{affiliation_id}/end",
        "steward",
        lambda _: {"on": day(), "reason": "x"},
    ),
    Write(
        "POST",
        "/contacts/{contact_id}/affiliations/{affiliation_id}/role",
        "steward",
        lambda _: {"role": "x", "share": 1, "on": day()},
    ),
    Write(
        "POST",
        "/contacts/{contact_id}/affiliations/{affiliation_id}/cancellation",
        "steward",
        lambda _: {"reason": "x"},
    ),
    Write(
        "POST",
        "/contacts/{contact_id}/status",
        "steward",
        lambda _: {"status": "inactive", "reason": "x", "on": day()},
    ),
    Write("POST", "/contacts/{contact_id}/consents", "rep", _consent),
    Write("POST", "/contacts/{contact_id}/erasure", "steward", lambda _: {"reason": "x"}),
    Write("POST", "/influence/edges", "steward", _influence),
    Write("POST", "/influence/edges/{influence_id}/confirm", "steward", lambda _: {"strength": 1, "on": day(-1)}),
    Write("POST", "/influence/edges/{influence_id}/end", "steward", lambda _: {"on": day(), "reason": "x"}),
    Write("POST", "/contacts/names", "rep", lambda c: {"ids": [c.territories["north"].contact["id"]]}),
    Write(
        "POST",
        "/units",
        "admin",
        lambda c: {
            "name": "x",
            "kind": "territory",
            "parent_id": c.units["north office"]["id"],
            "opened_on": day(),
        },
    ),
    Write("PATCH", "/units/{unit_id}", "admin", lambda _: {"name": "x"}, if_match=True),
    Write(
        "POST",
        "/units/{unit_id}/moves",
        "admin",
        lambda c: {"to_parent_id": c.units["north office"]["id"], "on": day(), "reason": "x"},
    ),
    Write("POST", "/units/{unit_id}/closure", "admin", lambda _: {"on": day(), "reason": "x"}),
    Write("POST", "/employees", "admin", _employee),
    Write("POST", "/employees/{employee_id}/positions", "admin", _position),
    Write("POST", "/employees/{employee_id}/positions/{position_id}/end", "admin", lambda _: {"on": day(9)}),
    Write(
        "PATCH", "/employees/{employee_id}", "admin", lambda _: {"roles": ["rep"], "valid_to": day(99)}, if_match=True
    ),
    Write(
        "POST",
        "/employees/{employee_id}/departure",
        "admin",
        lambda c: {"on": day(30), "reason": "x", "successor_id": c.employees["sibling"]["id"]},
    ),
    Write(
        "POST",
        "/handovers/{handover_id}/entries",
        "admin",
        lambda _: {"kind": "advance", "title": "x", "amount": {"amount": 1, "currency": "CNY"}},
    ),
    Write(
        "POST",
        "/handovers/{handover_id}/items",
        "admin",
        lambda c: {"items": [{"kind": "task", "id": "ent_none"}], "to_employee_id": c.employees["sibling"]["id"]},
    ),
    Write("POST", "/lines", "admin", lambda _: {"name": "x", "code": f"X{a_number()}"}),
    Write("PATCH", "/lines/{line_id}", "admin", lambda _: {"name": "x", "code": "GASTRO"}, if_match=True),
    Write("POST", "/products", "hq", lambda _: {"name": "x", "line": "x", "manufacturer": "x", "own": True}),
    Write(
        "POST",
        "/materials",
        "hq",
        lambda c: {
            "name": "x",
            "class": "gift",
            "unit_value": {"amount": 1, "currency": "CNY"},
            "product": c.product["id"],
        },
    ),
    Write("POST", "/materials/{material_id}/lots", "hq", lambda _: {"number": f"X{a_number()}", "expires_on": day(99)}),
    Write(
        "POST",
        "/stock/receipts",
        "warehouse",
        lambda c: {"lot_id": c.lot["id"], "location_id": c.warehouse_id, "quantity": 1},
    ),
    Write("POST", "/stock/transfers", "warehouse", _transfer),
    Write("POST", "/visits", "rep", _visit),
    Write("POST", "/visits/{visit_id}/check-in", "rep", lambda _: {"at": now(), **SPOT, "accuracy_m": 5}),
    Write("POST", "/visits/{visit_id}/check-out", "rep", lambda _: {"at": now(), **SPOT, "accuracy_m": 5}),
    Write(
        "PUT",
        "/visits/{visit_id}/report",
        "rep",
        lambda c: c.a_report(c.territories["north"].contact, quantity=1),
        if_match=True,
    ),
    Write("POST", "/visits/{visit_id}/submission", "rep", lambda _: {"at": now()}),
    Write("POST", "/visits/{visit_id}/cancellation", "rep", lambda _: {"reason": "x", "reason_code": "other"}),
    Write("POST", "/auth/token", None, lambda _: {"username": "nobody", "password": "a wrong password"}),
    Write("POST", "/auth/refresh", None, lambda _: {"refresh_token": "x"}),
    Write("POST", "/auth/logout", None, lambda _: {"refresh_token": "x"}),
    Write("POST", "/auth/activate", None, lambda _: {"invitation": "x", "password": "a good password"}),
    Write(
        "POST", "/auth/password", "finance", lambda _: {"current_password": "a wrong one", "new_password": "a good one"}
    ),
)

Place = tuple[str | int, ...]


def leaves(body: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every value of a body that is no object and no list, with where it stands."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from leaves(value, (*place, name))
    elif isinstance(body, list):
        for number, value in enumerate(body):
            yield from leaves(value, (*place, number))
    else:
        yield place, body


def with_value(body: Any, place: Place, value: Any) -> Any:
    """The body with another value in one place."""
    if not place:
        return value
    first, *rest = place
    if isinstance(body, list):
        return [with_value(item, tuple(rest), value) if number == first else item for number, item in enumerate(body)]
    return {name: with_value(item, tuple(rest), value) if name == first else item for name, item in body.items()}


def path_of(place: Place) -> str:
    """`("departments", 0, "name")` as `departments[0].name`, the way violations say it."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")
