from pfc_analysis.recording.readers.isolated.memory_limit import bytes_allowed


def test_memory_allowed():
    assert bytes_allowed(10) == 256 * 2**20
    assert bytes_allowed(10 * 2**20) == 1000 * 2**20
    assert bytes_allowed(2**30) == 4 * 2**30
