"""`python -m visits --role all|api|worker|relay|load FILE`."""

from visits.app import service

if __name__ == "__main__":
    service.main()
