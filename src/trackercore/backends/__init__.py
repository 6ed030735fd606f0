"""What differs by database: engines, errors, retries, and each dialect's own SQL."""
