"""What makes training fast and changes no result: nothing here explains how training works."""
