"""The ground floor, on which every room stands: errors, limits, folders and files."""
