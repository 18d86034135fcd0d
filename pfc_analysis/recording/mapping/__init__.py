"""Turn columns of a table into variables of a recording: column maps, codings, presets."""
