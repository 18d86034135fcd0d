"""The public names, each written once: `lazy_loader` imports a name when it is first used."""

from . import analysis as analysis
from . import learners as learners
from . import plot as plot
from .authoring.new import new_experiment as new_experiment
from .authoring.verify import verify as verify
from .comparison.compare_groups import compare_recordings as compare_recordings
from .comparison.settings.compare_tasks import compare_tasks as compare_tasks
from .dynamics.agent_maps import state_maps as state_maps
from .recording.catalogue.catalogue_entries import describe_dataset as describe_dataset
from .recording.catalogue.catalogue_entries import list_datasets as list_datasets
from .recording.catalogue.public_data import fetch_dataset as fetch_dataset
from .recording.catalogue.public_data import load_dataset as load_dataset
from .recording.exports.export import export_recording as export_recording
from .recording.exports.pynapple import from_pynapple as from_pynapple
from .recording.exports.pynapple import to_pynapple as to_pynapple
from .recording.load import load as load
from .recording.record import record as record
from .recording.replay.replay import replay as replay
from .recording.simulate import simulate as simulate
from .recording.storage import open_recording as open_recording
from .recording.storage import save_recording as save_recording
from .reporting.compare_with_agents import compare as compare
from .reporting.fits.fit import fit as fit
from .reporting.measure_replicas import MeasureReplicas as MeasureReplicas
from .reproduction.agents.film import film as film
from .reproduction.claims import check as check
from .reproduction.describe_experiment import describe_experiment as describe_experiment
from .reproduction.figures import draw_figure as draw_figure
from .reproduction.figures import list_figures as list_figures
from .reproduction.reproduce import reproduce as reproduce
from .training.interventions.intervention import Intervention as Intervention
from .training.run.shipped_experiments import list_experiments as list_experiments
from .training.run.sweep import sweep as sweep
from .training.run.trainer import train as train

__version__: str
