"""Pictures in two lines: load or record, then draw.

    import pfc_analysis as pfc
    recording = pfc.record("two_step", sessions=20, units=False)
    axes = pfc.plot.stay_probability(recording)
    print(pfc.plot.caption(axes))

Each function draws one question's answer from a recording of agents, animals or simulated learners,
or from the result of the analysis that it names. `ax` says where to draw; without it there is a new
figure. `style` is "print" (the size of type in a journal), "lecture", or a mapping of matplotlib's
settings. The axes are returned, and `caption` gives the text of a caption for them. Dots are
subjects, bars and bands 95 % intervals.

- Does the subject plan, after each kind of trial? `stay_probability`
- How far back do trials affect the choice? `history_weights`
- Does the subject stay relative to the last trial, or to the trial that was cued? `cued_stay`
- How much do the last and the cued trial affect the choice? `memory_indices`
- What do a network and the habit beside it add to a choice? `policy_contributions`
- Do the ratios of choices match those of rewards? `matching`
- How high is the learning rate, when the world is stable and when it is volatile? `learning_rate`
- How much reward is lost while finding out which arm pays more? `regret`
- How does reward rise with experience? `learning_curve`
- Where do hidden states lie along their main directions? `state_space`
- Do prediction errors follow planning or model-free learning? `prediction_errors`
- What do units code? `unit_coding`
- Which features tell what units do, and which of them better than others? `encoding`
- Which learner or network predicts choices, with which parameters? `fit`
- How does a fitted network or learner change its mind after each kind of trial? `portrait`
- Where does a kind of trial push the states of an agent's network? `flow_field`
- What happened in one session? `session`
- What does a picture show? `caption`
"""

from pfc_analysis.front_door import open_front_door

# `__init__.pyi` lists the names, and each is imported when it is first used.
__getattr__, __dir__, __all__ = open_front_door(__name__, __file__)
