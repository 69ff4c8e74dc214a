"""The ground floor, which every room builds on: errors, limits, folders, files and caches."""
