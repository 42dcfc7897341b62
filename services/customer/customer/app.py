"""The composition root of the customer service."""

from chassis.service import Service

from customer.accounts import routes as account_routes
from customer.accounts.calendar import begin_facts_as_days_pass
from customer.accounts.change_stage import change_stage
from customer.accounts.correct_account import correct_account
from customer.accounts.create_account import create_account
from customer.accounts.model import Account
from customer.accounts.regrade_account import regrade_account
from customer.attributes import routes as attribute_routes
from customer.attributes.define_attribute import define_attribute
from customer.attributes.model import AttributeDefinition
from customer.closing import reactions as closing_reactions
from customer.closing.known import KnownDisplay, KnownPlace, KnownStock, KnownVisit
from customer.contacts import reactions as contact_reactions
from customer.contacts import routes as contact_routes
from customer.contacts.calendar import restamp_as_days_pass
from customer.contacts.correct_contact import correct_contact
from customer.contacts.create_contact import create_contact
from customer.contacts.model import Contact
from customer.contacts.move_contact import move_contact
from customer.departments import routes as department_routes
from customer.directory import routes as directory_routes
from customer.employees import routes as employee_routes
from customer.employees.create_employee import create_employee
from customer.employees.model import Employee
from customer.employees.reassign_employee import reassign_employee
from customer.hierarchy import routes as hierarchy_routes
from customer.hierarchy.reparent_account import reparent_account
from customer.lines import routes as line_routes
from customer.lines.change_line import change_line
from customer.lines.model import Line
from customer.lines.open_line import open_line
from customer.settings import CustomerSettings
from customer.units import routes as unit_routes
from customer.units.create_unit import create_unit
from customer.units.model import Unit

service = Service(
    name="customer",
    settings=CustomerSettings,
    description="Institutions, contacts, affiliations and the organisation.",
    aggregates=[Unit, Employee, Line, Account, AttributeDefinition, Contact],
    replicas=[KnownVisit, KnownPlace, KnownDisplay, KnownStock],
    routers=[
        unit_routes.router,
        employee_routes.router,
        line_routes.router,
        account_routes.router,
        department_routes.router,
        hierarchy_routes.router,
        attribute_routes.router,
        contact_routes.router,
        directory_routes.router,
    ],
    reactions=[contact_reactions, closing_reactions],
    background=[restamp_as_days_pass, begin_facts_as_days_pass],
    use_cases=[
        create_unit,
        create_employee,
        reassign_employee,
        open_line,
        change_line,
        create_account,
        correct_account,
        change_stage,
        regrade_account,
        reparent_account,
        define_attribute,
        create_contact,
        correct_contact,
        move_contact,
    ],
)
