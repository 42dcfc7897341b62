"""What other services own and this one relies on: institutions, contacts' employers, employees, products, lots."""
