"""`python -m analytics`: one process that reads the topics and answers questions."""

from analytics.app import service

if __name__ == "__main__":
    service.main()
