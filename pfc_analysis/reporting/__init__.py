"""Reports: results laid out for people to read, in one file that needs nothing beside it."""
