"""Tables of trials as files hold them, before a column map says what the columns mean."""
