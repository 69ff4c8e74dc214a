"""What several screens are made of: routes, caches, components, fields and menus."""
