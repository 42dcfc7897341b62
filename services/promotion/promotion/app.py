"""The composition root: everything the promotion service is made of."""

from chassis.restamping import Restamping, restamping_loop
from chassis.service import Service

from promotion.clearances import reactions as clearance_reactions
from promotion.clearances.model import StockClearance
from promotion.disbursements import reactions as disbursement_reactions
from promotion.disbursements.model import Disbursement
from promotion.known import reactions as known_reactions
from promotion.known.model import KnownAccount, KnownContact, KnownEmployee, KnownUnit
from promotion.locations import reactions as location_reactions
from promotion.locations import routes as locations
from promotion.locations.model import Location
from promotion.locations.restamp_location import BALANCES
from promotion.materials import routes as materials
from promotion.materials.create_lot import create_lot
from promotion.materials.create_material import create_material
from promotion.materials.model import Lot, Material
from promotion.products import routes as products
from promotion.products.create_product import create_product
from promotion.products.model import Product
from promotion.settings import PromotionSettings
from promotion.stock import routes as stock
from promotion.stock.model import Movement, StockBalance
from promotion.stock.receive_stock import receive_stock
from promotion.stock.transfer_stock import transfer_stock

service = Service(
    name="promotion",
    settings=PromotionSettings,
    aggregates=[Product, Material, Lot, Location, StockBalance, Movement, Disbursement, StockClearance],
    replicas=[KnownUnit, KnownEmployee, KnownAccount, KnownContact, Restamping],
    routers=[products.router, materials.router, locations.router, stock.router],
    reactions=[known_reactions, location_reactions, disbursement_reactions, clearance_reactions],
    background=[restamping_loop(BALANCES)],
    use_cases=[create_product, create_material, create_lot, receive_stock, transfer_stock],
)
