"""What it looks like: functions that draw analysis results on axes they are given."""
