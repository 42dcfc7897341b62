"""`python -m customer --role all|api|worker|relay|load FILE`."""

from customer.app import service

if __name__ == "__main__":
    service.main()
