"""From the columns of a table to the variables of a recording: column maps, codings, presets."""
