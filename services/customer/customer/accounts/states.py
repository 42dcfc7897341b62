"""What events tell of an institution."""

from datetime import date
from typing import TYPE_CHECKING

from contracts.events.customer import (
    AccountState,
    DepartmentState,
    GradePeriod,
    IndicatedPatients,
    ParentPeriod,
    StagePeriod,
)

if TYPE_CHECKING:
    from customer.accounts.model import Account


def account_state(account: "Account", today: date) -> AccountState:
    """The public state; `stage`, `grade` and `parent_id` are those of `today`."""
    plain = ("name", "kind", "code", "division_code", "address", "telephone", "location", "beds", "outpatient_visits")
    return AccountState(
        **{name: getattr(account, name) for name in (*plain, "discharges", "tags", "unit_id", "unit_path")},
        account_id=account.id,
        grade=account.present_grade(today),
        parent_id=account.parent_on(today),
        attributes=dict(account.attributes),
        stage=account.stage_on(today) or account.stages[0].stage,
        survivor_of=account.survivor_id,
        visible=account.visible,
        closing_attempt=account.closing.attempt if account.closing else None,
        created_at=account.created_at,
        stages=[
            StagePeriod(stage=one.stage, on=one.on, until=one.until, recorded=one.recorded) for one in account.stages
        ],
        grades=[
            GradePeriod(grade=one.grade, on=one.on, until=one.until, recorded=one.recorded) for one in account.grades
        ],
        parents=[
            ParentPeriod(parent_id=one.parent_id, on=one.on, until=one.until, recorded=one.recorded)
            for one in account.parents
        ],
        departments=[
            DepartmentState(
                department_id=one.id,
                name=one.name,
                specialty=one.specialty,
                outpatient_visits=one.outpatient_visits,
                discharges=one.discharges,
                patients=[IndicatedPatients(indication=row.indication, patients=row.patients) for row in one.patients],
            )
            for one in account.departments
        ],
    )
