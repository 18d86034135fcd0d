"""Figure 5: the two-step task. Do agents, and rats, behave and predict reward as if they planned?

Read it top to bottom: record, analyse, draw, save. Run it by `pfc figure 5`, or copy it.
"""
