"""Phase portraits: what is before a trial against how it changes, by kind of trial."""
