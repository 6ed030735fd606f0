"""Who may use a session when, and what is left of one that is interrupted."""
