"""What the customer service is made of."""

from chassis.http.router import Route
from contracts.roles import Permission
from customer.app import service
from customer.settings import CustomerSettings

LOADED = {"create_unit", "create_employee", "create_account", "change_stage", "create_contact", "move_contact"}


def test_the_past_can_be_loaded_through_the_use_cases():
    assert {use_case.__name__ for use_case in service.use_cases} >= LOADED


def test_every_route_declares_one_permission_and_nothing_is_written_with_that_of_reading():
    routes = [route for router in service.routers for route in router.routes]
    assert routes
    for route in routes:
        assert isinstance(route, Route)
        assert isinstance(route.permission, Permission)
        reads = "GET" in route.methods or route.path.endswith("/names")
        assert reads or not route.permission.value.endswith(".read"), route.path


def test_the_service_has_a_database_of_its_own():
    assert CustomerSettings.model_fields["database"].default == "customer"
