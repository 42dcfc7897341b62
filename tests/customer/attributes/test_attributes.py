"""What a company wants to know beside the fields that everybody has."""

import pytest
import pytest_asyncio
from chassis.testing import a_rep
from chassis.testing.service import ServiceClient
from customer.attributes.model import AttributeDefinition, Choice
from customer.attributes.values import asked_keys, attribute_key

from tests.customer.stack import Person


def a_definition(type: str, **more: object) -> AttributeDefinition:
    return AttributeDefinition(id="atr_1", noun="account", code="x", label="X", type=type, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("definition", "right", "wrong"),
    [
        (a_definition("text", maximum=3), ["a", "abc"], ["", " ", "abcd", 1, True]),
        (a_definition("integer", minimum=1, maximum=5), [1, 5], [0, 6, 2.5, "3", True]),
        (a_definition("decimal", minimum=0), [0, 0.5, 7], [-0.1, "1", False, 1e300]),
        (a_definition("boolean"), [True, False], [0, "true"]),
        (a_definition("date"), ["2026-02-28"], ["2026-02-30", "20260228", "1800-01-01", 5]),
        (
            a_definition("choice", choices=[Choice(code="a", label="A"), Choice(code="b", label="B", retired=True)]),
            ["a"],
            ["b", "c", 1],
        ),
        (a_definition("text", retired=True), [], ["a"]),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)
def test_values_are_of_their_type_and_within_their_bounds(definition: AttributeDefinition, right: list, wrong: list):
    for value in right:
        assert definition.judge(value) == (value, None)
    for value in wrong:
        judged, why = definition.judge(value)
        assert judged is None
        assert why


def test_what_stands_there_stays_right_when_the_definition_has_changed():
    choices = [Choice(code="b", label="B", retired=True)]
    assert a_definition("choice", choices=choices).judge("b", present="b") == ("b", None)


def test_choices_that_are_left_out_are_retired():
    definition = a_definition("choice", choices=[Choice(code="a", label="A"), Choice(code="b", label="B")])
    assert definition.correct({"choices": [Choice(code="a", label="A")]}) == ["choices"]
    assert [(one.code, one.retired) for one in definition.choices] == [("a", False), ("b", True)]


@pytest.mark.parametrize(
    ("value", "asked"), [(12, "12"), (12.5, "12.50"), (12.0, "12"), (True, "true"), ("Abc", "aBC"), (-3, "-3.0")]
)
def test_a_value_is_found_however_it_is_typed(value: object, asked: str):
    assert attribute_key("x", value) in asked_keys("x", asked)  # type: ignore[arg-type]


@pytest_asyncio.fixture(loop_scope="session")
async def steward(client: ServiceClient) -> Person:
    return Person(client)


@pytest.mark.stack
async def test_attributes_are_defined_filled_judged_and_filtered_by(steward: Person, client: ServiceClient):
    tier = {
        "noun": "account",
        "code": "access",
        "label": "Access",
        "type": "choice",
        "choices": [{"code": "open", "label": "Open"}, {"code": "by-appointment", "label": "By appointment"}],
    }
    definition = await steward.make("/attributes", tier)
    await steward.make(
        "/attributes", {"noun": "account", "code": "icu_beds", "label": "ICU", "type": "integer", "minimum": 0}
    )
    twice = await steward.call("POST", "/attributes", tier)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_defined")
    assert (await Person(client, a_rep()).call("POST", "/attributes", tier)).status_code == 403
    assert [one["code"] for one in await Person(client, a_rep()).items("/attributes?noun=account&sort=code")] == [
        "access",
        "icu_beds",
    ]
    account = await steward.account("Attributed Hospital", attributes={"access": "open", "icu_beds": 12})
    path = f"/accounts/{account['id']}"
    wrong = await steward.call(
        "PATCH", path, {"attributes": {"access": "shut", "icu_beds": "x", "none": 1}}, if_match="*"
    )
    assert wrong.status_code == 422
    assert {(one["field"], one["code"]) for one in wrong.json()["violations"]} == {
        ("attributes.access", "invalid_attribute"),
        ("attributes.icu_beds", "invalid_attribute"),
        ("attributes.none", "unknown_attribute"),
    }
    changed = await steward.call("PATCH", path, {"attributes": {"icu_beds": 14}}, if_match="*")
    assert changed.json()["attributes"] == {"access": "open", "icu_beds": 14}
    for query, found in [
        ("attribute.access=open&attribute.icu_beds=14", True),
        ("attribute.access=open&attribute.icu_beds=12", False),
        ("attribute.icu_beds=14", True),
        ("attribute.nothing=1", False),
    ]:
        assert bool(await steward.items(f"/accounts?{query}")) is found, query
    odd = await steward.call("GET", "/accounts?attributes.access=open")
    assert (odd.status_code, odd.json()["violations"][0]["code"]) == (400, "unknown_parameter")
    required = await steward.call("PATCH", f"/attributes/{definition['id']}", {"required": True}, if_match='"1"')
    assert required.json()["required"]
    missing = await steward.call("POST", "/accounts", {"name": "Bare Clinic", "kind": "clinic", "unit_id": "unt_north"})
    assert [(one["field"], one["code"]) for one in missing.json()["violations"]] == [
        ("attributes.access", "attribute_required")
    ]
    cleared = await steward.call("PATCH", path, {"attributes": {"access": None}}, if_match="*")
    assert cleared.json()["violations"][0]["code"] == "attribute_required"
    await steward.call("PATCH", f"/attributes/{definition['id']}", {"required": False}, if_match="*")


@pytest.mark.stack
@pytest.mark.parametrize(
    ("more", "violation"),
    [
        ({"type": "choice"}, ("choices", "choices_missing")),
        ({"type": "text", "choices": [{"code": "a", "label": "A"}]}, ("choices", "choices_out_of_place")),
        ({"type": "date", "minimum": 1}, ("minimum", "bound_out_of_place")),
        ({"type": "integer", "minimum": 2, "maximum": 1}, ("minimum", "bounds_crossed")),
    ],
)
async def test_a_definition_makes_sense(steward: Person, more: dict, violation: tuple[str, str]):
    answer = await steward.call("POST", "/attributes", {"noun": "contact", "code": "odd", "label": "Odd"} | more)
    assert [(one["field"], one["code"]) for one in answer.json()["violations"]] == [violation]
