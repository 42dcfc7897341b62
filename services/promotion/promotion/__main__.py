"""`python -m promotion [--role all|api|worker|relay|load FILE]`."""

from promotion.app import service

if __name__ == "__main__":
    service.main()
