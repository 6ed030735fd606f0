"""What several services share: rows of an owner, arguments, the clock, pages."""
