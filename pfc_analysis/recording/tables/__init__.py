"""Tables of trials as files have them: columns by name, before a column map gives them meaning."""
