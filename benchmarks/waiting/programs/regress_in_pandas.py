"""The same with pandas and statsmodels: `python regress_in_pandas.py PATH`."""

import sys

import numpy as np
import pandas as pd
import statsmodels.api as sm

LAGS = 5


def lay_out(own: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Choices (0, 1) and their predictors: each of four kinds of trial at each lag, signed."""
    right = (own["choice"] == "right").astype(float)
    sign, columns = 2 * right - 1, []
    session = own["session"]
    for lag in range(1, LAGS + 1):
        for common in (1, 0):
            for reward in (1, 0):
                kind = (own["common_transition"] == common) & (own["reward"] == reward)
                columns.append((sign * kind).groupby(session).shift(lag))
    table = pd.concat(columns, axis=1)
    known = table.notna().all(axis=1)
    return right[known].to_numpy(), table[known].to_numpy()


if __name__ == "__main__":
    for _, subject in pd.read_csv(sys.argv[1]).groupby("subject"):
        choice, predictors = lay_out(subject)
        sm.Logit(choice, sm.add_constant(predictors)).fit(disp=False)
