"""The composition root of the customer service."""

from chassis.restamping import Restamping, restamping_loop
from chassis.service import Service
from chassis.workers import job_loop

from customer import following
from customer.accounts import reactions as account_reactions
from customer.accounts import routes as account_routes
from customer.accounts.calendar import begin_facts_as_days_pass
from customer.accounts.change_stage import change_stage
from customer.accounts.correct_account import correct_account
from customer.accounts.create_account import create_account
from customer.accounts.model import Account
from customer.accounts.reactions import PAPERS
from customer.accounts.regrade_account import regrade_account
from customer.alignments import reactions as alignment_reactions
from customer.alignments import routes as alignment_routes
from customer.alignments.assign_territory import assign_territory
from customer.alignments.calendar import align_as_days_pass
from customer.alignments.change_alignment import change_alignment
from customer.alignments.model import Alignment
from customer.attachments import routes as attachment_routes
from customer.attachments.model import Attachment
from customer.attributes import routes as attribute_routes
from customer.attributes.define_attribute import define_attribute
from customer.attributes.model import AttributeDefinition
from customer.bulk import routes as bulk_routes
from customer.bulk.model import BulkBatch
from customer.care import plan_routes as care_plan_routes
from customer.care import routes as care_routes
from customer.care.calendar import tell_overdue_cases_as_days_pass
from customer.care.model import CareCase
from customer.care.occasions import CareRound, bring_up_occasions_as_days_pass
from customer.care.plans import CarePlan
from customer.change_requests import routes as change_request_routes
from customer.change_requests.calendar import tell_overdue_requests_as_days_pass
from customer.change_requests.model import ChangeRequest, Evidence
from customer.closing import reactions as closing_reactions
from customer.closing.known import KnownDisplay, KnownPlace, KnownStock, KnownVisit
from customer.consents import routes as consent_routes
from customer.consents.record_consent import record_consent
from customer.contacts import affiliation_routes
from customer.contacts import reactions as contact_reactions
from customer.contacts import routes as contact_routes
from customer.contacts.calendar import restamp_as_days_pass
from customer.contacts.cancel_affiliation import cancel_affiliation
from customer.contacts.change_role import change_role
from customer.contacts.change_status import change_contact_status
from customer.contacts.correct_affiliation import correct_affiliation
from customer.contacts.correct_contact import correct_contact
from customer.contacts.create_contact import create_contact
from customer.contacts.end_affiliation import end_affiliation
from customer.contacts.model import Contact
from customer.contacts.move_contact import move_contact
from customer.contacts.restamp_contacts import CONTACTS
from customer.contacts.take_up_affiliation import take_up_affiliation
from customer.departments import routes as department_routes
from customer.directory import routes as directory_routes
from customer.duplicates import reactions as duplicate_reactions
from customer.duplicates import routes as duplicate_routes
from customer.duplicates.crowds import Crowd
from customer.duplicates.dismiss_duplicate import dismiss_duplicate
from customer.duplicates.model import Candidate, Dismissal
from customer.duplicates.run_comparison import DuplicateRun, run_comparison
from customer.employees import routes as employee_routes
from customer.employees.calendar import change_positions_as_days_pass
from customer.employees.create_employee import create_employee
from customer.employees.end_position import end_position
from customer.employees.model import Employee
from customer.employees.reassign_employee import reassign_employee
from customer.employees.take_position import take_position
from customer.erasure import routes as erasure_routes
from customer.erasure.erase_contact import erase_contact
from customer.erasure.finish_erasures import finish_erasures
from customer.evaluation import model_routes, score_routes
from customer.evaluation import reactions as evaluation_reactions
from customer.evaluation.activate_model import activate_model, retire_model
from customer.evaluation.decide_override import approve_override, reject_override
from customer.evaluation.inputs import InputValue
from customer.evaluation.manage_models import add_version, draft_model
from customer.evaluation.model import ScoreModel
from customer.evaluation.overrides import ScoreOverride
from customer.evaluation.request_override import request_override
from customer.evaluation.runs import ScoreRun, run_scores
from customer.evaluation.scores import Score
from customer.fhir import routes as fhir_routes
from customer.following import FOLLOWING
from customer.handovers import reactions as handover_reactions
from customer.handovers import routes as handover_routes
from customer.handovers.close_handover import close_handover
from customer.handovers.depart_employee import depart_employee
from customer.handovers.hand_over_items import hand_over_items
from customer.handovers.known import CarriedStock, OwnPlace, OwnVisit
from customer.handovers.model import Handover
from customer.handovers.write_down_entry import write_down_entry
from customer.hierarchy import routes as hierarchy_routes
from customer.hierarchy.reparent_account import reparent_account
from customer.imports import routes as import_routes
from customer.imports.model import Import
from customer.imports.run_import import run_import
from customer.influence import routes as influence_routes
from customer.influence.confirm_influence import confirm_influence
from customer.influence.end_influence import end_influence
from customer.influence.model import Influence
from customer.influence.record_influence import record_influence
from customer.lines import routes as line_routes
from customer.lines.change_line import change_line
from customer.lines.model import Line
from customer.lines.open_line import open_line
from customer.merging import routes as merge_routes
from customer.merging.merge_entries import merge_entries
from customer.merging.model import Merge
from customer.merging.undo_merge import undo_merge
from customer.notes import routes as note_routes
from customer.notes.model import AccountNote
from customer.notes.write_note import write_note
from customer.plans import routes as plan_routes
from customer.plans.model import AccountPlan
from customer.plans.write_plan import write_plan
from customer.realignments import routes as realignment_routes
from customer.realignments.draft_realignment import draft_realignment, revise_realignment
from customer.realignments.model import Realignment
from customer.realignments.publication import Publication, run_publication
from customer.realignments.publish_realignment import publish_realignment
from customer.realignments.simulate_realignment import simulate_realignment
from customer.settings import CustomerSettings
from customer.units import routes as unit_routes
from customer.units.calendar import follow_moves, move_as_days_pass
from customer.units.close_unit import close_unit
from customer.units.create_unit import create_unit
from customer.units.model import Unit
from customer.units.move_unit import move_unit
from customer.units.path_changes import PathChange
from customer.units.rename_unit import rename_unit
from customer.working_policy import routes as working_policy_routes
from customer.working_policy.model import WorkingPolicy

service = Service(
    name="customer",
    settings=CustomerSettings,
    description="Institutions, contacts, affiliations and the organisation.",
    aggregates=[
        Unit,
        Employee,
        Handover,
        Line,
        Account,
        AttributeDefinition,
        AccountNote,
        Attachment,
        AccountPlan,
        BulkBatch,
        Alignment,
        Realignment,
        Publication,
        Contact,
        Influence,
        Dismissal,
        DuplicateRun,
        Import,
        Merge,
        WorkingPolicy,
        ChangeRequest,
        Evidence,
        CareCase,
        CarePlan,
        ScoreModel,
        ScoreRun,
        Score,
        ScoreOverride,
    ],
    replicas=[
        PathChange,
        OwnPlace,
        CarriedStock,
        OwnVisit,
        KnownVisit,
        KnownPlace,
        KnownDisplay,
        KnownStock,
        Restamping,
        Candidate,
        Crowd,
        InputValue,
        CareRound,
    ],
    routers=[
        unit_routes.router,
        employee_routes.router,
        handover_routes.departures,
        handover_routes.router,
        line_routes.router,
        bulk_routes.router,
        account_routes.router,
        department_routes.router,
        hierarchy_routes.router,
        note_routes.router,
        attachment_routes.router,
        plan_routes.router,
        attribute_routes.router,
        alignment_routes.router,
        realignment_routes.router,
        contact_routes.router,
        affiliation_routes.router,
        consent_routes.router,
        influence_routes.router,
        erasure_routes.router,
        directory_routes.router,
        duplicate_routes.router,
        import_routes.router,
        fhir_routes.router,
        merge_routes.router,
        working_policy_routes.router,
        change_request_routes.router,
        care_routes.router,
        care_plan_routes.router,
        model_routes.router,
        score_routes.router,
    ],
    reactions=[
        handover_reactions,
        account_reactions,
        alignment_reactions,
        contact_reactions,
        duplicate_reactions,
        closing_reactions,
        following,
        evaluation_reactions,
    ],
    background=[
        follow_moves,
        move_as_days_pass,
        change_positions_as_days_pass,
        align_as_days_pass,
        restamp_as_days_pass,
        begin_facts_as_days_pass,
        restamping_loop(CONTACTS, *PAPERS, *FOLLOWING),
        job_loop(Import, run_import),
        finish_erasures,
        tell_overdue_requests_as_days_pass,
        tell_overdue_cases_as_days_pass,
        bring_up_occasions_as_days_pass,
        job_loop(Publication, run_publication),
        job_loop(ScoreRun, run_scores),
        job_loop(DuplicateRun, run_comparison),
    ],
    use_cases=[
        create_unit,
        rename_unit,
        move_unit,
        close_unit,
        create_employee,
        reassign_employee,
        take_position,
        end_position,
        depart_employee,
        write_down_entry,
        hand_over_items,
        close_handover,
        open_line,
        change_line,
        create_account,
        correct_account,
        change_stage,
        regrade_account,
        reparent_account,
        define_attribute,
        write_note,
        write_plan,
        assign_territory,
        change_alignment,
        draft_realignment,
        revise_realignment,
        simulate_realignment,
        publish_realignment,
        create_contact,
        correct_contact,
        move_contact,
        dismiss_duplicate,
        merge_entries,
        undo_merge,
        take_up_affiliation,
        end_affiliation,
        change_role,
        correct_affiliation,
        cancel_affiliation,
        change_contact_status,
        record_consent,
        erase_contact,
        record_influence,
        confirm_influence,
        end_influence,
        draft_model,
        add_version,
        activate_model,
        retire_model,
        request_override,
        approve_override,
        reject_override,
    ],
)
