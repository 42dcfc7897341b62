"""`python -m gateway [--role all|api|worker|relay]`."""

from gateway.app import service

if __name__ == "__main__":
    service.main()
