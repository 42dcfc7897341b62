"""What every employee may know of every institution."""
