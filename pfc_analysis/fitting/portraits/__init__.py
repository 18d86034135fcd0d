"""How preferences change by what happened: phase portraits and fixed points."""
