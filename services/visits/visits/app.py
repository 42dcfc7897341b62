"""The composition root of the visits service."""

from chassis.restamping import Restamping, restamping_loop
from chassis.service import Service

from visits.clearances import reactions as clearance_reactions
from visits.clearances.model import Clearance
from visits.known import reactions as known_reactions
from visits.known.model import KnownAccount, KnownContact, KnownEmployee, KnownLot, KnownProduct
from visits.settings import VisitsSettings
from visits.visits import reactions as visit_reactions
from visits.visits import routes
from visits.visits.cancel_visit import cancel_visit
from visits.visits.check_in_visit import check_in_visit
from visits.visits.check_out_visit import check_out_visit
from visits.visits.model import Visit
from visits.visits.plan_visit import plan_visit
from visits.visits.restamp_visits import VISITS
from visits.visits.submit_visit import submit_visit
from visits.visits.write_report import write_report

service = Service(
    name="visits",
    settings=VisitsSettings,
    aggregates=[Visit, Clearance],
    replicas=[KnownAccount, KnownContact, KnownEmployee, KnownProduct, KnownLot, Restamping],
    routers=[routes.router],
    reactions=[known_reactions, visit_reactions, clearance_reactions],
    background=[restamping_loop(VISITS)],
    use_cases=[plan_visit, check_in_visit, check_out_visit, write_report, submit_visit, cancel_visit],
)
