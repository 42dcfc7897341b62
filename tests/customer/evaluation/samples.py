"""Score models for tests."""

from typing import Any

from chassis.testing import FakeUnitOfWork, run_in
from customer.evaluation.activate_model import ActivateModel, activate_model
from customer.evaluation.manage_models import DraftModel, draft_model
from customer.evaluation.model import ScoreModel

LIMITS = {"A": 80, "B": 50, "C": 20}


def weighed(**weights: float) -> list[dict[str, Any]]:
    """Inputs with their weights."""
    return [{"code": code, "weight": weight} for code, weight in weights.items()]


def a_model(subject: str = "account", **more: Any) -> dict[str, Any]:
    """The body of a model: of institutions by beds and discharges unless it says otherwise."""
    inputs = weighed(beds=60, discharges=40) if subject == "account" else weighed(academic_title=50, role=50)
    body = {"name": "Key accounts", "subject": subject, "inputs": inputs, "population": [], "thresholds": LIMITS}
    return body | more


async def an_active_model(work: FakeUnitOfWork, subject: str = "account", **more: Any) -> ScoreModel:
    """A model that is in force."""
    model = await run_in(work.next(), draft_model, DraftModel(**a_model(subject, **more)))
    return await run_in(work.next(), activate_model, ActivateModel(model_id=model.id))
