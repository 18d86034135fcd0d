import numpy as np
import pandas as pd
import pytest

SUBJECTS, SESSIONS, TRIALS = 5, 3, 60


@pytest.fixture(scope="session")
def two_step_csv(tmp_path_factory):
    """Five subjects that repeat what was rewarded, most of the time; some trials are marked."""
    rng = np.random.default_rng(4)
    rows = []
    for subject in range(SUBJECTS):
        for session in range(SESSIONS):
            choice, reward = 0, 1
            for trial in range(TRIALS):
                stay = rng.random() < (0.85 if reward else 0.45)
                choice = choice if stay else 1 - choice
                reward = int(rng.random() < 0.5)
                rows.append((f"rat_{subject}", session, trial, choice, reward, rng.random() < 0.7))
    table = pd.DataFrame(rows, columns=["rat", "day", "n", "port", "water", "common"])
    table["instructed"] = (np.arange(len(table)) % 20 == 0).astype(int)
    path = tmp_path_factory.mktemp("animals") / "rats.csv"
    table.to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def columns(two_step_csv):
    """The map of that table."""
    path = two_step_csv.parent / "map.toml"
    path.write_text(
        'subject = "rat"\nsession = "day"\ntrial = "n"\nchoice = "port"\n'
        'choice_values = { left = 0, right = 1 }\nreward = "water"\n'
        'common_transition = "common"\nforced = "instructed"\n'
    )
    return path
