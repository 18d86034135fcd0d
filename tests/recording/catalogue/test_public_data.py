import hashlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType

import pytest
import xarray as xr

from pfc_analysis.recording.catalogue import download
from pfc_analysis.recording.catalogue.grackles import _ATTRIBUTES as _BIRDS
from pfc_analysis.recording.catalogue.grackles import GROUP_FILE, TRIAL_FILE
from pfc_analysis.recording.catalogue.local_copies import find_dataset
from pfc_analysis.recording.catalogue.miller_rats import _ATTRIBUTES
from pfc_analysis.recording.catalogue.public_data import (
    DatasetError,
    DatasetInfo,
    describe_dataset,
    fetch_dataset,
    fetch_datasets,
    find_by_digest,
    list_datasets,
    load_dataset,
    read_digest,
)

CONTENT = b"trial,choice\n1,0\n" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
ENTRY = """
[toy]
title = "A toy"
status = "reader tested"
species = "duck"
task = "none"
compare_with = "nothing"
page = "https://example.org"
address = "{address}"
file = "toy.csv"
folder = "toys"
sha256 = "{sha256}"
reader = "matlab:read_miller_rats"
licence = "CC0"
citation = "Nobody (1900)"
experiments = ["two_step", "matching"]

[idle]
title = "Another toy"
status = "described only"
species = "duck"
task = "none"
compare_with = "nothing"
page = "https://example.org/idle"
folder = "idle"
licence = "CC0"
citation = "Nobody (1900)"
"""

# A data set of two files, read by a module that a test puts in the readers' place.
PARTS = {"a.csv": b"trial\n0\n" * 500, "b.csv": b"trial\n1\n" * 700}
SEVERAL = """
[toys]
title = "Two toys"
status = "reader tested"
species = "duck"
task = "none"
compare_with = "nothing"
page = "https://example.org"
folder = "toys"
reader = "toy_reader:read_toys"
options = {{ skip_short = true }}
licence = "CC0"
citation = "Nobody (1900)"

[[toys.files]]
file = "a.csv"
address = "{address}/a.csv"
sha256 = "{a}"
size = 4000

[[toys.files]]
file = "b.csv"
address = "{address}/b.csv"
sha256 = "{b}"
"""


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    """No test sees a copy or a cache of this machine, or a proxy on the way to 127.0.0.1."""
    monkeypatch.delenv("PFC_ANALYSIS_DATA", raising=False)
    monkeypatch.delenv("PFC_ANALYSIS_HOME", raising=False)
    monkeypatch.setenv("PFC_ANALYSIS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class SlowHandler(QuietHandler):
    """Sends half of a file, waits, and sends the rest, or, of files called broken, nothing more."""

    def copyfile(self, source, outputfile):
        content = source.read()
        outputfile.write(content[: len(content) // 2])
        outputfile.flush()
        time.sleep(self.server.pause)
        if "broken" not in self.path:
            outputfile.write(content[len(content) // 2 :])


@contextmanager
def serve(folder, kind=QuietHandler, pause=0.0):
    folder.mkdir()

    def handler(*arguments):
        return kind(*arguments, directory=str(folder))

    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.pause = pause
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", folder
        running.shutdown()
        thread.join()


@pytest.fixture
def server(tmp_path):
    """The address of a web server of our own, and the folder that it serves."""
    with serve(tmp_path / "served") as running:
        yield running


@pytest.fixture
def slow_server(tmp_path):
    """A server that stops for half a second in the middle of a file."""
    with serve(tmp_path / "served", SlowHandler, pause=0.5) as running:
        yield running


def make_home(
    tmp_path, address="http://127.0.0.1:9/toy.csv", sha256=SHA256, edit=lambda text: text
):
    (tmp_path / "home" / "datasets").mkdir(parents=True)
    text = edit(ENTRY.format(address=address, sha256=sha256))
    (tmp_path / "home" / "datasets" / "catalogue.toml").write_text(text)
    return tmp_path / "home"


def make_several(tmp_path, address="http://127.0.0.1:9", edit=lambda text: text):
    digests = {name[0]: hashlib.sha256(content).hexdigest() for name, content in PARTS.items()}
    (tmp_path / "home" / "datasets").mkdir(parents=True)
    text = edit(SEVERAL.format(address=address, **digests))
    (tmp_path / "home" / "datasets" / "catalogue.toml").write_text(text)
    return tmp_path / "home"


def put(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(PARTS[name])


# The catalogue that is shipped


def test_shipped_catalogue():
    names = [entry.name for entry in list_datasets()]
    assert names[0] == "rat_two_step"
    assert len(set(names)) == len(names)
    for entry in list_datasets():
        assert entry.licence
        assert entry.citation
        assert entry.traps
        assert entry.page.startswith("https://")


def test_rat_two_step():
    entry = describe_dataset("rat_two_step")
    assert (entry.subjects, entry.sessions, entry.trials) == (6, 52, 36413)
    assert entry.status == "reader tested"
    assert entry.address == (
        "https://raw.githubusercontent.com/Brody-Lab/MixtureAgentsModels/"
        "748f21648eaf7b6bde0af1b0577cdd2023068a0b/data/ofc_physdata.mat"
    )
    assert re.fullmatch("[0-9a-f]{64}", entry.sha256)
    with pytest.raises(AttributeError, match="cannot assign"):
        entry.trials = 0


def test_mouse_dynamic_foraging():
    entry = describe_dataset("mouse_dynamic_foraging")
    assert entry.status == "reader tested"
    assert (entry.subjects, entry.sessions, entry.trials) == (4, 5, 1470)
    assert len(entry.files) == len(entry.parts) == 5
    assert len({part.sha256 for part in entry.files}) == 5
    for part in entry.files:
        assert re.fullmatch("[0-9a-f]{64}", part.sha256)
        assert part.address.startswith("https://raw.githubusercontent.com/AllenNeuralDynamics/")
        assert part.address.endswith(f"/{part.file}")
    text = str(entry)
    assert "files\n  - https://raw.githubusercontent.com/AllenNeuralDynamics/" in text
    assert f"    sha256 {entry.files[0].sha256}\n" in text
    assert "left_out" in text


def test_grackle_reversal():
    entry = describe_dataset("grackle_reversal")
    assert entry.status == "reader tested"
    assert (entry.subjects, entry.sessions, entry.trials) == (29, 1755, 8256)
    assert entry.licence == "CC-BY 4.0"
    assert [part.file for part in entry.files] == [TRIAL_FILE, GROUP_FILE]
    assert [part.size for part in entry.files] == [1090156, 7691]
    for part in entry.files:
        assert re.fullmatch("[0-9a-f]{64}", part.sha256)
        assert part.address.startswith("https://raw.githubusercontent.com/corinalogan/grackles/")
        assert part.address.endswith(f"/{part.file}")
    for trap in ("Latin-1", "Yellow Tube", "8 in each ten", "by selection", "Pilot"):
        assert trap in str(entry)


def test_a_single_file_is_a_part(tmp_path):
    entry = describe_dataset("toy", make_home(tmp_path))
    assert [(part.file, part.sha256) for part in entry.parts] == [("toy.csv", SHA256)]
    assert entry.files == ()
    assert describe_dataset("idle", tmp_path / "home").parts == ()


def test_reader_and_catalogue_say_the_same():
    for dataset, attributes in {"rat_two_step": _ATTRIBUTES, "grackle_reversal": _BIRDS}.items():
        entry = describe_dataset(dataset)
        for name in ("species", "task", "citation", "doi", "licence"):
            assert attributes[name] == getattr(entry, name)


def test_unknown_dataset():
    with pytest.raises(
        DatasetError,
        match=re.escape(
            "no data set is called 'rat_twostep' (did you mean 'rat_two_step'?). Known: "
        ),
    ):
        describe_dataset("rat_twostep")


# Faults of a catalogue


def test_unknown_key(tmp_path):
    home = make_home(tmp_path, edit=lambda text: text.replace("licence =", "license =", 1))
    with pytest.raises(DatasetError) as caught:
        list_datasets(home)
    message = str(caught.value)
    assert "catalogue.toml, entry [toy]:\n" in message
    assert "  - licence: missing" in message
    assert "  - license: unknown key (did you mean 'licence'?), known are name, title," in message


def test_wrong_values(tmp_path):
    home = make_home(
        tmp_path,
        edit=lambda text: text.replace('"reader tested"', '"tested"').replace(
            'file = "toy.csv"', "file = 3"
        ),
    )
    with pytest.raises(DatasetError, match=r"- status: found 'tested': Input should be 'reader"):
        list_datasets(home)
    with pytest.raises(DatasetError, match=r"- file: found 3: Input should be a valid string"):
        list_datasets(home)


def test_tested_entries_have_all_that_fetching_takes(tmp_path):
    home = make_home(tmp_path, sha256="")
    with pytest.raises(DatasetError, match=r"entry \[toy\]: lacks sha256, expected with status"):
        list_datasets(home)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'folder = "toys"',
            'folder = "toys"\nfile = "c.csv"\nsha256 = "0"',
            "entry [toys]: found both files and file, sha256, expected [[toys.files]] for several",
        ),
        ('file = "b.csv"', 'file = "a.csv"', "found the file 'a.csv' 2 time(s), expected the name"),
        ('file = "b.csv"', 'file = "../b.csv"', "found the file '../b.csv' 1 time(s), expected"),
        (
            'address = "http://127.0.0.1:9/b.csv"',
            'address = ""',
            "lacks address of b.csv, exp",
        ),
        ('reader = "toy_reader:read_toys"', "", "entry [toys]: lacks reader, expected with"),
        (
            "size = 4000",
            "sizes = 4000",
            "- files.0.sizes: unknown key (did you mean 'size'?)",
        ),
    ],
)
def test_faults_of_several_files(tmp_path, old, new, message):
    home = make_several(tmp_path, edit=lambda text: text.replace(old, new))
    with pytest.raises(DatasetError) as caught:
        list_datasets(home)
    assert message in str(caught.value)


def test_a_file_needs_address_and_digest_whatever_the_status(tmp_path):
    home = make_home(
        tmp_path,
        edit=lambda text: text.replace('folder = "idle"', 'folder = "idle"\nfile = "i.csv"'),
    )
    with pytest.raises(DatasetError) as caught:
        list_datasets(home)
    assert str(caught.value).endswith(
        "catalogue.toml, entry [idle]: lacks address, sha256, expected with status 'reader tested' "
        "and wherever a file is named (or obtain, where it has no public address); an entry "
        "without file, address and sha256 is 'described only'"
    )


def test_a_digest_that_is_none(tmp_path):
    home = make_home(tmp_path, sha256="abc")
    with pytest.raises(
        DatasetError,
        match=r"entry \[toy\]: found 'abc' as sha256 of toy.csv, expected 64 hexadecimal digits$",
    ):
        list_datasets(home)


def test_catalogue_that_is_no_toml(tmp_path):
    home = make_home(tmp_path, edit=lambda text: text + "[")
    with pytest.raises(DatasetError, match=r"catalogue\.toml: the catalogue cannot be read: "):
        list_datasets(home)
    home = make_home(tmp_path / "b", edit=lambda text: "toy = 3")
    with pytest.raises(DatasetError, match=r"catalogue\.toml, toy: found 3, expected a table"):
        list_datasets(home)


def test_catalogue_that_is_missing(tmp_path):
    (tmp_path / "datasets").mkdir()
    with pytest.raises(DatasetError, match=r"catalogue\.toml: the catalogue cannot be read: "):
        list_datasets(tmp_path)


# Copies on this machine


@pytest.mark.parametrize("place", ["toys/toy.csv", "toy.csv"])
def test_copies_named_by_the_variable(tmp_path, monkeypatch, place):
    home = make_home(tmp_path)
    assert find_dataset("toy", home=home) is None
    copy = tmp_path / "mirror" / place
    copy.parent.mkdir(parents=True)
    copy.write_bytes(CONTENT)
    monkeypatch.setenv("PFC_ANALYSIS_DATA", str(tmp_path / "mirror"))
    assert find_dataset("toy", home=home) == copy
    assert fetch_dataset("toy", home=home) == copy  # its address leads nowhere


def test_a_variable_that_names_no_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PFC_ANALYSIS_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DatasetError, match=r"PFC_ANALYSIS_DATA: found '.*nowhere', which is no fo"):
        find_dataset("toy", home=make_home(tmp_path))


def test_copy_in_the_cache(tmp_path):
    home = make_home(tmp_path)
    copy = tmp_path / "cache" / "toys" / "toy.csv"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(CONTENT)
    assert find_dataset("toy", home=home) == copy


def test_copy_that_is_not_the_published_file(tmp_path, monkeypatch):
    home = make_home(tmp_path)
    (tmp_path / "mirror").mkdir()
    copy = tmp_path / "mirror" / "toy.csv"
    copy.write_bytes(CONTENT[:-1])
    monkeypatch.setenv("PFC_ANALYSIS_DATA", str(tmp_path / "mirror"))
    found = hashlib.sha256(CONTENT[:-1]).hexdigest()
    message = re.escape(
        f"{copy}: not the published file of toy: found SHA-256 {found} ({len(CONTENT) - 1} bytes), "
        f"expected {SHA256}. Remove or rename it"
    )
    with pytest.raises(DatasetError, match=message):
        find_dataset("toy", home=home)
    with pytest.raises(DatasetError, match=message):
        fetch_dataset("toy", home=home)


@pytest.mark.parametrize("place", ["toys", "."])
def test_copies_of_several_files(tmp_path, monkeypatch, place):
    home = make_several(tmp_path)
    folder = tmp_path / "mirror" / place
    monkeypatch.setenv("PFC_ANALYSIS_DATA", str(tmp_path / "mirror"))
    put(folder, "a.csv")
    assert find_dataset("toys", home=home) is None  # b.csv is not there
    put(folder, "b.csv")
    assert find_dataset("toys", home=home) == folder
    assert fetch_dataset("toys", home=home) == folder
    (folder / "b.csv").write_bytes(b"another")
    with pytest.raises(
        DatasetError, match=r"b\.csv: not the published file of toys: found SHA-256"
    ):
        find_dataset("toys", home=home)


def test_described_only(tmp_path):
    home = make_home(tmp_path)
    assert find_dataset("idle", home=home) is None
    with pytest.raises(
        DatasetError, match=r"idle is described only: .* See https://example\.org/idle"
    ):
        load_dataset("idle", home=home)


def test_described_only_with_known_files(tmp_path, server):
    address, served = server
    (served / "toy.csv").write_bytes(CONTENT)
    home = make_home(
        tmp_path,
        f"{address}/toy.csv",
        edit=lambda text: text.replace("reader tested", "described only").replace(
            'reader = "matlab:read_miller_rats"', 'obtain = "Unpack it"'
        ),
    )
    assert fetch_dataset("toy", home=home).read_bytes() == CONTENT
    with pytest.raises(DatasetError) as caught:
        load_dataset("toy", home=home)
    assert str(caught.value) == (
        "toy is described only: its files are known, but there is no reader for it yet. "
        "See https://example.org\n"
        "To get it: pfc data fetch toy. Unpack it\n"
        "To load it: pfc compare two_step FILE --columns map.toml, where map.toml says what its "
        "columns mean"
    )


# Files known by their bytes, entries by what they can be set beside


def test_a_file_is_known_by_its_bytes(tmp_path):
    (tmp_path / "renamed.csv").write_bytes(PARTS["b.csv"])
    digest = read_digest(tmp_path / "renamed.csv")
    assert digest == hashlib.sha256(PARTS["b.csv"]).hexdigest()
    home = make_several(tmp_path)
    for spelt in (digest, digest.upper()):
        entry, part = find_by_digest(spelt, home)
        assert (entry.name, part.file) == ("toys", "b.csv")
    assert find_by_digest("0" * 64, home) is None


def test_data_sets_to_set_beside_an_experiment(tmp_path):
    home = make_home(tmp_path)
    assert [entry.name for entry in list_datasets(home)] == ["toy", "idle"]
    assert [entry.name for entry in list_datasets(home, experiment="matching")] == ["toy"]
    with pytest.raises(
        DatasetError,
        match=re.escape(
            "no data set can be set beside the experiment 'two_stop' (did you mean 'two_step'?). "
            "There are some for: matching, two_step."
        ),
    ):
        list_datasets(home, experiment="two_stop")


# Downloads


def test_download(tmp_path, server, capsys):
    address, served = server
    (served / "toy.csv").write_bytes(CONTENT)
    home = make_home(tmp_path, f"{address}/toy.csv")
    path = fetch_dataset("toy", progress=True, home=home)
    assert path == tmp_path / "cache" / "toys" / "toy.csv"
    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == ["toy.csv"]
    assert capsys.readouterr() == ("", "")  # there and back in less than two seconds: no bar
    (served / "toy.csv").unlink()
    assert fetch_dataset("toy", home=home) == path  # once is enough


@pytest.mark.parametrize("progress", [False, True])
def test_a_bar_over_what_takes_a_while(tmp_path, slow_server, monkeypatch, capsys, progress):
    assert download._BAR_AFTER == 2.0
    monkeypatch.setattr(download, "_BAR_AFTER", 0.05)
    address, served = slow_server
    (served / "toy.csv").write_bytes(CONTENT)
    home = make_home(tmp_path, f"{address}/toy.csv")
    fetch_dataset("toy", progress=progress, home=home)
    shown = capsys.readouterr()
    assert shown.out == ""
    if progress:
        assert re.search(r"toy\.csv.*17\.0/17\.0 kB", shown.err)
    else:
        assert shown.err == ""


def test_download_of_several_files(tmp_path, server):
    address, served = server
    put(served, "a.csv", "b.csv")
    home = make_several(tmp_path, address)
    folder = fetch_dataset("toys", home=home)
    assert folder == tmp_path / "cache" / "toys"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == PARTS
    for name in PARTS:
        (served / name).unlink()
    assert fetch_dataset("toys", home=home) == folder  # once is enough


def test_a_download_that_was_broken_off_goes_on(tmp_path, server):
    address, served = server
    put(served, "b.csv")  # a.csv is gone from the server, and on this machine already
    put(tmp_path / "cache" / "toys", "a.csv")
    home = make_several(tmp_path, address)
    assert fetch_dataset("toys", home=home) == tmp_path / "cache" / "toys"
    (tmp_path / "cache" / "toys" / "b.csv").unlink()
    (tmp_path / "cache" / "toys" / "a.csv").write_bytes(b"half")
    with pytest.raises(DatasetError, match=r"a\.csv: not the published file of toys"):
        fetch_dataset("toys", home=home)


def test_one_file_of_several_is_gone(tmp_path, server):
    address, served = server
    put(served, "a.csv")
    home = make_several(tmp_path, address)
    with pytest.raises(DatasetError) as caught:
        fetch_dataset("toys", home=home)
    message = str(caught.value)
    path = tmp_path / "cache" / "toys" / "b.csv"
    assert message.startswith(f"toys: {address}/b.csv could not be fetched; wanted at {path}")
    assert (
        f"put it at {path}, or set PFC_ANALYSIS_DATA to a folder that holds toys/b.csv beside the "
        "other 1 file(s) of the data set. Its SHA-256 is "
    ) in message


def test_the_reader_gets_the_files_and_the_options(tmp_path, monkeypatch):
    module = ModuleType("pfc_analysis.recording.catalogue.toy_reader")
    seen = []
    toy = xr.Dataset({"subject": ("trial", ["a", "a", "b"]), "session": ("trial", [0, 1, 0])})
    module.read_toys = lambda paths, **options: seen.append((paths, options)) or toy
    monkeypatch.setitem(sys.modules, module.__name__, module)
    home = make_several(tmp_path)
    put(tmp_path / "mine", "b.csv", "a.csv")
    (tmp_path / "mine" / "c.csv").write_bytes(b"not of the data set")
    loaded = load_dataset("toys", tmp_path / "mine", home=home)
    assert loaded.attrs["title"].endswith(": 2 subjects, 3 sessions as loaded")
    [(paths, options)] = seen
    assert paths == [tmp_path / "mine" / "a.csv", tmp_path / "mine" / "b.csv"]
    assert options == {"skip_short": True}


def test_download_to_a_folder_of_ones_own(tmp_path, server):
    address, served = server
    (served / "toy.csv").write_bytes(CONTENT)
    home = make_home(tmp_path, f"{address}/toy.csv")
    path = fetch_dataset("toy", tmp_path / "mine", home=home)
    assert path == tmp_path / "mine" / "toy.csv"
    assert find_dataset("toy", tmp_path / "mine", home=home) == path
    assert find_dataset("toy", home=home) is None


def test_download_of_another_file(tmp_path, server):
    address, served = server
    (served / "toy.csv").write_bytes(b"something else")
    home = make_home(tmp_path, f"{address}/toy.csv")
    with pytest.raises(DatasetError) as caught:
        fetch_dataset("toy", home=home)
    message = str(caught.value)
    found = hashlib.sha256(b"something else").hexdigest()
    path = tmp_path / "cache" / "toys" / "toy.csv"
    assert message.startswith(f"toy: {address}/toy.csv is not the published file; wanted at {path}")
    assert f"expected sha256:{SHA256} but got {found}" in message
    assert list(path.parent.iterdir()) == []


def test_address_that_is_gone(tmp_path, server):
    address, _ = server
    home = make_home(tmp_path, f"{address}/toy.csv")
    with pytest.raises(DatasetError, match=r"toy\.csv could not be fetched; .*404 Client Error"):
        fetch_dataset("toy", home=home)


def test_nobody_answers(tmp_path):
    with socket.socket() as free:  # bound, not listening: whoever knocks is turned away
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/toy.csv"
        home = make_home(tmp_path, address)
        with pytest.raises(DatasetError) as caught:
            fetch_dataset("toy", home=home)
    assert str(caught.value) == offline(address, tmp_path)


def test_no_network(tmp_path, monkeypatch):
    def no_names(*_, **__):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", no_names)
    home = make_home(tmp_path, "https://example.org/toy.csv")
    with pytest.raises(DatasetError) as caught:
        fetch_dataset("toy", progress=True, home=home)
    assert str(caught.value) == offline("https://example.org/toy.csv", tmp_path)
    assert list((tmp_path / "cache" / "toys").iterdir()) == []


def offline(address, tmp_path):
    """What is said where the network is out of reach."""
    path = tmp_path / "cache" / "toys" / "toy.csv"
    return (
        f"toy: {address} could not be fetched; wanted at {path}: no answer (ConnectionError). "
        "Is this machine on a network?\n"
        f"Without a network: get the file by other means and put it at {path}, or set "
        f"PFC_ANALYSIS_DATA to a folder that holds toys/toy.csv. Its SHA-256 is {SHA256}."
    )


def test_a_file_that_stops_in_the_middle_is_not_kept(tmp_path, slow_server):
    address, served = slow_server
    (served / "broken.csv").write_bytes(CONTENT)
    home = make_home(tmp_path, f"{address}/broken.csv")
    with pytest.raises(DatasetError, match=r"broken\.csv could not be fetched; .*8500 bytes read"):
        fetch_dataset("toy", home=home)
    assert list((tmp_path / "cache" / "toys").iterdir()) == []


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL])
def test_a_process_that_is_stopped_leaves_no_half_file(tmp_path, signal_number):
    with serve(tmp_path / "served", SlowHandler, pause=20) as (address, served):
        (served / "toy.csv").write_bytes(CONTENT)
        home = make_home(tmp_path, f"{address}/toy.csv")
        # Whoever starts the tests in the background may have them ignore an interrupt.
        program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        program += f"import pfc_analysis as p; p.fetch_dataset('toy', home={str(home)!r})"
        process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
        folder = tmp_path / "cache" / "toys"
        started = time.monotonic()
        while not (folder.is_dir() and list(folder.iterdir())):  # until it is under way
            assert time.monotonic() - started < 30
            time.sleep(0.05)
        process.send_signal(signal_number)
        process.wait(timeout=30)
        assert process.returncode != 0
        assert not (folder / "toy.csv").exists()
        assert find_dataset("toy", home=home) is None


# Other addresses


def with_mirrors(tmp_path, *addresses):
    first, *others = addresses
    return make_home(
        tmp_path,
        first,
        edit=lambda text: text.replace(
            'file = "toy.csv"', f'file = "toy.csv"\nmirrors = {others!r}'
        ),
    )


@pytest.mark.parametrize("first", ["gone.csv", "other.csv"])
def test_the_next_address_is_tried(tmp_path, server, first):
    address, served = server
    (served / "other.csv").write_bytes(b"not the published bytes")
    (served / "toy.csv").write_bytes(CONTENT)
    home = with_mirrors(tmp_path, f"{address}/{first}", f"{address}/toy.csv")
    assert fetch_dataset("toy", home=home).read_bytes() == CONTENT


def test_every_address_that_failed_is_told(tmp_path, server):
    address, served = server
    (served / "other.csv").write_bytes(b"not the published bytes")
    home = with_mirrors(tmp_path, f"{address}/gone.csv", f"{address}/other.csv")
    with pytest.raises(DatasetError) as caught:
        fetch_dataset("toy", home=home)
    message = str(caught.value)
    assert message.startswith(f"toy: {address}/gone.csv could not be fetched; ")
    assert f"\n{address}/other.csv is not the published file: expected sha256:" in message
    assert message.count("wanted at") == 1
    assert message.count("Without a network") == 1


# Several data sets


def test_several_data_sets(tmp_path, server):
    address, served = server
    (served / "toy.csv").write_bytes(CONTENT)
    home = make_home(tmp_path, f"{address}/toy.csv", edit=lambda text: text + second(address))
    assert fetch_datasets(["toy"], tmp_path / "mine", home=home) == [tmp_path / "mine" / "toy.csv"]
    paths = fetch_datasets(["ball", "toy", "ball"], tmp_path / "all", home=home)
    assert paths == [tmp_path / "all" / "balls" / "ball.csv", tmp_path / "all" / "toys" / "toy.csv"]
    assert [path.read_bytes() for path in paths] == [CONTENT, CONTENT]


def second(address):
    """A data set with a folder of its own, of the same bytes."""
    text = ENTRY.partition("[idle]")[0].format(address=f"{address}/toy.csv", sha256=SHA256)
    return (
        text.replace("[toy]", "[ball]").replace('"toy.csv"', '"ball.csv"').replace("toys", "balls")
    )


def test_one_that_fails_does_not_keep_the_others_from_coming(tmp_path, server):
    address, served = server
    (served / "toy.csv").write_bytes(CONTENT)
    home = make_home(tmp_path, f"{address}/toy.csv")
    with pytest.raises(DatasetError) as caught:
        fetch_datasets(["idle", "toy"], home=home)
    path = tmp_path / "cache" / "toys" / "toy.csv"
    assert str(caught.value) == (
        "1 of 2 data sets could not be fetched\n"
        "idle is described only: there is no reader for it yet, and nothing to fetch. "
        "See https://example.org/idle\n"
        "To get it: by hand, from https://example.org/idle\n"
        'To load it: pfc_analysis.load(FILE, columns="map.toml"), where map.toml says what its '
        "columns mean\n"
        f"fetched: {path}"
    )
    assert path.read_bytes() == CONTENT


def test_names_are_looked_up_before_anything_is_fetched(tmp_path, server):
    address, served = server
    (served / "toy.csv").write_bytes(CONTENT)
    home = make_home(tmp_path, f"{address}/toy.csv")
    with pytest.raises(DatasetError, match=r"no data set is called 'tyo' \(did you mean 'toy'\?\)"):
        fetch_datasets(["toy", "tyo"], home=home)
    assert not (tmp_path / "cache").exists()


def test_folder_that_cannot_be_made(tmp_path, server):
    address, served = server
    (served / "toy.csv").write_bytes(CONTENT)
    (tmp_path / "taken").write_text("a file")
    home = make_home(tmp_path, f"{address}/toy.csv")
    with pytest.raises(
        DatasetError,
        match=r"could not be fetched; wanted at .*taken.*cannot be written: File exists",
    ):
        fetch_dataset("toy", tmp_path / "taken", home=home)


def test_entries_are_plain_values():
    entry = DatasetInfo("a", "b", "described only", "c", "d", "e", "f", "g", "h", "i")
    assert entry.traps == ()
    assert entry.trials is None


def test_an_entry_reads_as_text():
    text = str(describe_dataset("rat_two_step")).splitlines()
    assert text[0] == "name         rat_two_step (reader tested)"
    assert "size         6 subjects, 52 sessions, 36,413 trials" in text
    assert any(line.startswith("  - Violations are marked in two ways") for line in text)


def test_a_download_larger_than_stated_is_stopped_and_removed(tmp_path, server):
    address, served = server
    (served / "toy.csv").write_bytes(CONTENT)
    path = tmp_path / "toy.csv"
    with pytest.raises(download.DownloadError, match="more than the 100 bytes"):
        download.download(f"{address}/toy.csv", path, SHA256, size=100)
    assert list(tmp_path.glob("*.csv")) == []
    assert list(tmp_path.glob(".*")) == []
