"""Names of models as they stand in figures and tables."""

import pytest

from pfc_analysis.fitting.models.model_list import title_of


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("mixture_of_agents", "mixture of agents"),
        ("model_based_forgetting", "model-based forgetting"),
        ("q_learning", "Q-learning"),
        ("q_choice_kernel", "Q choice kernel"),
        ("pearce_hall", "Pearce-Hall"),
        ("hierarchical_gaussian_filter", "hierarchical Gaussian filter"),
        ("my_quick_learner", "my quick learner"),
    ],
)
def test_names_are_written_as_the_field_writes_them(name, title):
    assert title_of(name) == title
