"""Where a run executes: one session, in a child process of the lab or in the terminal's own."""
