"""The execution of runs: one session each, in a child process of the lab or in the terminal's process."""
