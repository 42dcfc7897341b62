"""Past stock is loaded through the same use cases, hundreds of commands in one unit of work."""

from typing import Any
from uuid import uuid4

import orjson
import pytest
from chassis.load import Loader
from promotion.app import service

from tests.promotion.conftest import Promotion

pytestmark = pytest.mark.stack


def line(use_case: str, at: str = "2024-03-01T02:00:00Z", **command: Any) -> bytes:
    return orjson.dumps({"use_case": use_case, "at": at, "command": command})


async def test_a_file_of_catalogue_receipts_and_transfers(promotion: Promotion):
    tail = uuid4().hex
    warehouse, bag = await promotion.location(kind="warehouse"), await promotion.location(employee_id="emp_rep")
    lot_id, material_id = f"lot_{tail}", f"itm_{tail}"
    lines = [
        line("create_product", product_id=f"prd_{tail}", name="A", line="gastro", manufacturer="Us", own=True),
        line(
            "create_material",
            material_id=material_id,
            name="Box",
            unit_value={"amount": 100, "currency": "CNY"},
            product=f"prd_{tail}",
            **{"class": "sample"},
        ),
        line("create_lot", material_id=material_id, lot_id=lot_id, number="B1", expires_on="2025-01-01"),
        line("receive_stock", lot_id=lot_id, location_id=warehouse, quantity=500),
        *(
            line(
                "transfer_stock",
                at="2024-04-01T02:00:00Z",
                movement_id=f"mov_{n}x{tail}",
                lot_id=lot_id,
                from_location_id=warehouse,
                to_location_id=bag,
                quantity=2,
            )
            for n in range(250)
        ),
        line("transfer_stock", lot_id=lot_id, from_location_id=warehouse, to_location_id=bag, quantity=1),
    ]
    reports: list[dict[str, Any]] = []
    loader = Loader(promotion.works, promotion.works.database, service.use_cases, batch=254, report=reports.append)
    raw = b"\n".join(lines)
    assert await loader.load(raw) == 1
    assert [report["refused"] for report in reports if "refused" in report] == ["insufficient_stock"]
    assert (await promotion.stock(lot_id, warehouse), await promotion.stock(lot_id, bag)) == (0, 500)
    assert await promotion.total(lot_id) == 0
    chain = await promotion.items("/stock/movements", lot_id=lot_id)
    assert len(chain) == 251
    assert {move["at"] for move in chain[1:]} == {"2024-04-01T02:00:00Z"}
    assert await loader.load(raw) == 0
    assert await promotion.stock(lot_id, bag) == 500
