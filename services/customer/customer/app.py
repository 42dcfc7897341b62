"""The composition root of the customer service."""

from chassis.service import Service

from customer.accounts import routes as account_routes
from customer.accounts.change_stage import change_stage
from customer.accounts.correct_account import correct_account
from customer.accounts.create_account import create_account
from customer.accounts.model import Account
from customer.contacts import reactions as contact_reactions
from customer.contacts import routes as contact_routes
from customer.contacts.calendar import restamp_as_days_pass
from customer.contacts.correct_contact import correct_contact
from customer.contacts.create_contact import create_contact
from customer.contacts.model import Contact
from customer.contacts.move_contact import move_contact
from customer.directory import routes as directory_routes
from customer.employees import routes as employee_routes
from customer.employees.calendar import change_positions_as_days_pass
from customer.employees.create_employee import create_employee
from customer.employees.end_position import end_position
from customer.employees.model import Employee
from customer.employees.reassign_employee import reassign_employee
from customer.employees.take_position import take_position
from customer.lines import routes as line_routes
from customer.lines.change_line import change_line
from customer.lines.model import Line
from customer.lines.open_line import open_line
from customer.settings import CustomerSettings
from customer.units import reactions as unit_reactions
from customer.units import routes as unit_routes
from customer.units.calendar import follow_moves, move_as_days_pass
from customer.units.close_unit import close_unit
from customer.units.create_unit import create_unit
from customer.units.follow_paths import PathChange
from customer.units.model import Unit
from customer.units.move_unit import move_unit
from customer.units.rename_unit import rename_unit

service = Service(
    name="customer",
    settings=CustomerSettings,
    description="Institutions, contacts, affiliations and the organisation.",
    aggregates=[Unit, Employee, Line, Account, Contact],
    replicas=[PathChange],
    routers=[
        unit_routes.router,
        employee_routes.router,
        line_routes.router,
        account_routes.router,
        contact_routes.router,
        directory_routes.router,
    ],
    reactions=[unit_reactions, contact_reactions],
    background=[follow_moves, move_as_days_pass, change_positions_as_days_pass, restamp_as_days_pass],
    use_cases=[
        create_unit,
        rename_unit,
        move_unit,
        close_unit,
        create_employee,
        reassign_employee,
        take_position,
        end_position,
        open_line,
        change_line,
        create_account,
        correct_account,
        change_stage,
        create_contact,
        correct_contact,
        move_contact,
    ],
)
