"""Read NWB files with h5py or pynwb."""
