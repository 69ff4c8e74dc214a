"""`python -m cnnlab`: one file for each family of commands."""
