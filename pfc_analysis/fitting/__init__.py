"""Fit learners and small networks to choices, and say what the fits can be trusted for.

`pfc.fit` does all of it for a recording, and `pfc.plot.fit` and `pfc.plot.portrait` draw what it
found. The parts can be called by themselves, by the names below after ``pfc_analysis.fitting.``.
They take trials that `read_fit_trials` made of a recording.

One subject
-----------
- Which choices and outcomes does a fit see? `sessions.fit_trials.read_fit_trials`
- Which parameters make the choices of a subject most probable?
  `estimation.maximum_likelihood.fit_maximum`
- Which those of each of several subjects? `estimation.maximum_likelihood.fit_subjects`
- How probable are choices, and how does that change with each parameter?
  `estimation.learner_likelihood.LearnerLikelihood`
- Which small network predicts the next choice best? `networks.network_fit.fit_network`
- How are networks trained? `networks.network_settings.NetworkSettings`

A group
-------
- How do parameters vary over the subjects of a group?
  `estimation.groups.fit_group.fit_hierarchical`
- What is the full posterior of a group and its subjects?
  `estimation.groups.full_posterior.fit_posterior`

Which model
-----------
- How well does a learner predict sessions that it was not fitted to?
  `selection.cross_validation.cross_validate_learner`
- How well does a network? `networks.network_fit.cross_validate_network`
- Does one model predict better than another? `models.held_out_table.HeldOutTable`
- On average over subjects? `models.held_out_table.average_over_subjects`
- Which model is the most frequent among subjects?
  `selection.model_frequencies.select_by_subjects`
- What is Akaike's information criterion? `selection.information_criteria.compute_aic`
- What is the Bayesian information criterion? `selection.information_criteria.compute_bic`
- How well could choices be predicted at best? `selection.noise_ceiling.compute_ceiling`

What can be trusted
-------------------
- In which sessions do simulated players play? `designs.read_design.read_design`
- What would a player choose in the sessions of a subject?
  `designs.simulate_design.simulate_design`
- Can these trials reveal the parameters of a learner?
  `checks.parameter_recovery.recover_parameters`
- Can these trials tell learners apart? `checks.model_confusion.confuse_learners`
- Do fitted models behave as the subjects do? `checks.predictive_check.check_predictions`

How preferences move
--------------------
- How does a network of one unit move the preference? `portraits.phase_portraits.trace_curves`
- How does a network of two units move its state? `portraits.phase_portraits.trace_field`
- How does any model move the preference in the trials of a subject?
  `portraits.phase_portraits.collect_points`
- Where would repeated trials of one kind end? `portraits.fixed_points.find_fixed_points`
"""
