"""What visits leave with customers, booked or refused."""
