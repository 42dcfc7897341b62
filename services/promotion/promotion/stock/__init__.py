"""The double-entry ledger of stock: balances and movements."""
