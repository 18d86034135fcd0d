"""Parts of the NWB reader."""
